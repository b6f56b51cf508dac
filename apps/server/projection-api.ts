import type { ServerApp, Serving } from './env.ts';

/** Adds the routes of a projection. */
export type AddRoutes = (app: ServerApp, serving: Serving) => void;

/** The answers of `figtree read`, by query: those of the API, without a server. Undefined instead of NOT_FOUND. */
export type ProjectionAnswers<Reader extends object = object> = Readonly<Record<string, Answering<Reader>['answer']>>;

// A method, so that the answers of a projection with a known reader are assignable to those of any projection.
interface Answering<Reader extends object> {
  answer(reader: Reader, asked: Asked): Promise<object | undefined>;
}

interface Asked {
  readonly key: string;
  readonly limit: number;
  /** For queries of tables, instead of the key: the parameters of the path in their order, and optional ones by name. */
  readonly input?: QueryInput;
}

export interface QueryInput {
  readonly keys: readonly string[];
  readonly further: Readonly<Record<string, string>>;
}
