import type { ServerApp, Serving } from './env.ts';

/** The routes of a projection. */
export type AddRoutes = (app: ServerApp, serving: Serving) => void;

/** What `figtree read` prints: what the API would answer, without a server. Undefined where that would be NOT_FOUND. */
export interface ProjectionAnswers<Reader extends object = object> {
  answer(reader: Reader, question: ApiQuestion): Promise<object | undefined>;
}

export interface ApiQuestion {
  /** One of the definition's questions. */
  readonly what: string;
  readonly key: string;
  readonly limit: number;
}
