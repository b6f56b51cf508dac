import { readFileSync } from 'node:fs';

// The kernel reports hundredths of a second to user space (USER_HZ).
const TICKS_PER_SECOND = 100;

/** Processor time of all child processes that have ended, in seconds; undefined without /proc. */
export function endedChildrenCpu(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name, in parentheses, may contain spaces. After it: cutime and cstime are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
