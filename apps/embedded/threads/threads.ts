import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { FigtreeError } from '../../../events/errors.ts';
import type { Logger } from '../../logger.ts';

/** A worker thread that is started again when it dies, until it is told to stop. Its entry posts 'open' once it works, and
 *  ends by itself after it was sent 'stop'. */
export interface Thread {
  /** Resolves at once while the thread lives, after its restart when it has died; rejects if that restart fails. */
  opened(): Promise<void>;
  /** What is posted to a dead thread is lost. */
  post(message: unknown): void;
  /** Everything that the entry posts after 'open'. */
  onMessage(listener: (message: unknown) => void): void;
  /** It died of an error, or could not be started again; a new one is being started. */
  onDeath(listener: (error: unknown) => void): void;
  /** It was told to stop and has ended, for good: whatever was posted and not heard before is lost. */
  onStopped(listener: () => void): void;
  stop(): Promise<void>;
}

const RESTART_MS = 1000;
// Left alone, each thread's heap grows as if the machine were its own.
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };

/** Resolves once the thread is open; rejects if its first start fails. A function of data is asked at each start. */
export async function startThread(entry: URL, workerData: unknown, logger: Logger): Promise<Thread> {
  const messageListeners: ((message: unknown) => void)[] = [];
  const deathListeners: ((error: unknown) => void)[] = [];
  const stoppedListeners: (() => void)[] = [];
  let stopping = false;
  const name = entry.pathname.split('/').at(-1);
  let worker: Worker;
  let ended: Promise<void>;
  let opened = start();

  function start(): Promise<void> {
    const started = (worker = new Worker(entry, { workerData: dataOf(workerData), resourceLimits: RESOURCE_LIMITS }));
    ended = new Promise((resolve) => started.once('exit', () => resolve()));
    return new Promise((resolve, reject) => {
      let open = false;
      let dead = false;
      started.on('message', (message) => {
        // Its last words may come behind the news of its death, which has settled everything already.
        if (dead) return;
        if (open) return messageListeners.forEach((listener) => listener(message));
        open = true;
        resolve();
      });
      const die = (error: unknown) => {
        if (dead) return;
        dead = true;
        if (!open) return reject(error);
        // What a thread does not handle itself is a fault of ours; its work must not stand still until somebody looks.
        logger.error({ error, entry: name }, 'thread died');
        deathListeners.forEach((listener) => listener(error));
        restartLater();
      };
      started.on('error', die);
      started.on('exit', (code) => {
        if (!stopping) die(new Error(`${name} ended unexpectedly with code ${code}`));
      });
    });
  }

  function restartLater(): void {
    opened = sleep(RESTART_MS, undefined, { ref: false }).then(() => {
      if (stopping) throw new FigtreeError('SHUTTING_DOWN', `${name} is not restarted`);
      return start();
    });
    opened.catch((error: unknown) => {
      if (stopping) return;
      logger.error({ error, entry: name }, 'thread cannot be restarted yet');
      deathListeners.forEach((listener) => listener(error));
      restartLater();
    });
  }

  await opened;
  return {
    opened: () => opened,
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void messageListeners.push(listener),
    onDeath: (listener) => void deathListeners.push(listener),
    onStopped: (listener) => void stoppedListeners.push(listener),
    async stop() {
      stopping = true;
      worker.postMessage('stop');
      await ended;
      stoppedListeners.forEach((listener) => listener());
    },
  };
}

const dataOf = (data: unknown): unknown => (typeof data === 'function' ? (data as () => unknown)() : data);

/** A thread that is started when it is first needed: many a command ends before that. */
export interface LazyThread {
  get(): Promise<Thread>;
  started(): boolean;
  stop(): Promise<void>;
}

export function lazyThread(start: () => Promise<Thread>): LazyThread {
  let started: Promise<Thread> | undefined;
  return {
    get() {
      // A start that failed is tried again by the next who needs it.
      started ??= start().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    started: () => started !== undefined,
    stop: async () => void (await (await started)?.stop()),
  };
}
