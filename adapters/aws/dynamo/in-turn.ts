export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Lets this process do what concerns one key one after another. Nothing rests on it: it only keeps transactions of one process
 *  from being cancelled by each other, which are paid for and waited out. */
export function openTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
