/** What a store gives: embedded ones answer at once, remote ones later. */
export type Stored<Value> = Value | Promise<Value>;

/** Goes on with what a store gives: at once if it is there already. To wait for that costs more than what is done with it,
 *  where there are very many events. */
export function whenStored<Value, Result>(
  stored: Stored<Value>,
  goOn: (value: Value) => Stored<Result>,
): Stored<Result> {
  return stored instanceof Promise ? stored.then(goOn) : goOn(stored);
}
