import { constants } from 'node:os';

/** The request to end a command early: by Ctrl-C, by a signal, or because the reader of its output has gone. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 128 + the signal's number, as shells expect; 0 if the reader of stdout has gone. Undefined if there was no
   *  interruption. */
  exitCode(): number | undefined;
}

// `npm run` forwards the Ctrl-C that the terminal has already sent to the whole group, so one key press arrives as two
// signals. People do not press twice within this time.
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

  // EPIPE is a closed pipe, EIO a closed terminal.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    exitCode ??= 0;
    controller.abort();
  });
  // Without a reader, messages are lost, which is no reason to stop the work.
  process.stderr.on('error', () => {});

  return { signal: controller.signal, exitCode: () => exitCode };
}

/** Resolves when the command is asked to end. */
export function interrupted({ signal }: Interruption): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
