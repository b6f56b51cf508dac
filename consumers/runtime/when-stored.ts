import type { Stored } from '../../ports/stored.ts';

/** Continues with the result of a store, synchronously if it is already there. Awaiting it would cost more than the
 *  work itself when there are very many events. */
export function whenStored<Value, Result>(
  stored: Stored<Value>,
  work: (value: Value) => Stored<Result>,
): Stored<Result> {
  return stored instanceof Promise ? stored.then(work) : work(stored);
}
