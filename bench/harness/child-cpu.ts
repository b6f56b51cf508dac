import { readFileSync } from 'node:fs';

// The kernel counts in hundredths of a second for everybody (USER_HZ).
const TICKS_PER_SECOND = 100;

/** What the processes that we started and that have ended took of the processor, in seconds; undefined where there is no
 *  /proc. */
export function endedChildrenCpu(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name, which stands in brackets, may hold spaces. Behind it: cutime and cstime are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
