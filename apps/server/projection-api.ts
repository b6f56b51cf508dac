import type { ServerApp, Serving } from './env.ts';

/** The routes of a projection. */
export type AddRoutes = (app: ServerApp, serving: Serving) => void;

/** What `figtree read` prints, by question: what the API would answer, without a server. Undefined where that would be
 *  NOT_FOUND. */
export type ProjectionAnswers<Reader extends object = object> = Readonly<Record<string, Answering<Reader>['answer']>>;

// As a method, so that the answers of a projection whose reader is known are those of some projection.
interface Answering<Reader extends object> {
  answer(reader: Reader, asked: { readonly key: string; readonly limit: number }): Promise<object | undefined>;
}
