import { constants } from 'node:os';

/** That the command is to end before its work is done: by Ctrl-C, by a signal, or because nobody reads its output. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 128 + the signal's number, as shells expect it; 0 if the reader of stdout has gone. Undefined while nothing happened. */
  exitCode(): number | undefined;
}

// `npm run` passes on the Ctrl-C that the terminal has sent to the whole group already, so one key press arrives as two
// signals. Nobody presses twice within this time.
const SAME_PRESS_MS = 250;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From here on a first signal only asks the command to end, and a second one ends the process at once. */
export function watchInterruptions(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let since = 0;

  const onSignal = (name: NodeJS.Signals) => {
    if (exitCode === undefined) {
      exitCode = 128 + constants.signals[name];
      since = performance.now();
      controller.abort();
    } else if (performance.now() - since > SAME_PRESS_MS) {
      process.exit(128 + constants.signals[name]);
    }
  };
  for (const name of signals) process.on(name, onSignal);

  // EPIPE is the closed pipe, EIO the closed terminal.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    exitCode ??= 0;
    controller.abort();
  });
  // Nothing can be told any more, which is no reason to stop the work.
  process.stderr.on('error', () => {});

  return { signal: controller.signal, exitCode: () => exitCode };
}

/** Resolves when the command is asked to end. */
export function interrupted({ signal }: Interruption): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
