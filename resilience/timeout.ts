/** Whether `work` settles, well or badly, before so many milliseconds have passed. What it gives is left to the caller, and nothing
 *  stops it. */
export function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(settled, settled);
  });
}

/** Settles like `work`, or rejects with `late()` after so many milliseconds. */
export async function within<Result>(work: Promise<Result>, ms: number, late: () => Error): Promise<Result> {
  if (await settlesWithin(work, ms)) return work;
  throw late();
}
