/** The result of a store: immediate if it is embedded, a promise if it is remote. */
export type Stored<Value> = Value | Promise<Value>;

/** Continues with the result of a store, synchronously if it is already there. Awaiting it would cost more than the
 *  work itself when there are very many events. */
export function whenStored<Value, Result>(
  stored: Stored<Value>,
  goOn: (value: Value) => Stored<Result>,
): Stored<Result> {
  return stored instanceof Promise ? stored.then(goOn) : goOn(stored);
}
