/** What a store gives: embedded ones answer at once, remote ones later. */
export type Stored<Value> = Value | Promise<Value>;
