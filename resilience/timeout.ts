/** Whether `work` settles within a number of milliseconds. Its result is ignored, and it is not stopped. */
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

/** Settles like `work`, or rejects with `late()` after a number of milliseconds. */
export async function within<Result>(work: Promise<Result>, ms: number, late: () => Error): Promise<Result> {
  if (await settlesWithin(work, ms)) return work;
  throw late();
}
