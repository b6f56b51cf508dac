import type { Logger } from '../logger.ts';

const WINDOW_MS = 10_000;
const LINES_MAX = 20;

/** Logs requests that were refused because of their credentials. Their number is unlimited, so at most `linesMax` lines
 *  are written in `windowMs`, and one more states how many were left out. */
export function openRefusalLog(
  log: Pick<Logger, 'warn'>,
  { windowMs = WINDOW_MS, linesMax = LINES_MAX } = {},
): (details: () => Record<string, unknown>) => void {
  let lines = 0;
  let leftOut = 0;
  let window: NodeJS.Timeout | undefined;

  function close(): void {
    if (leftOut > 0) log.warn({ leftOut, windowMs }, 'more requests refused');
    window = undefined;
    lines = 0;
    leftOut = 0;
  }

  return (details) => {
    window ??= setTimeout(close, windowMs).unref();
    if (lines === linesMax) {
      leftOut += 1;
      return;
    }
    lines += 1;
    log.warn(details(), 'request refused');
  };
}
