/** The result of a store: immediate if it is embedded, a promise if it is remote. */
export type Stored<Value> = Value | Promise<Value>;
