import type { ResourceLimits } from 'node:worker_threads';
import { FigtreeError } from '../../events/errors.ts';
import { pause } from '../../resilience/clock.ts';
import type { Logger } from '../logger.ts';
import type { Methods, Remote } from './channel.ts';
import { fileOf, nameOf, type StartedThread, startThread } from './starting.ts';

/** A thread that answers calls until it is stopped. With a logger it is restarted when it dies. */
export interface Service<There extends Methods> extends Remote<There> {
  /** Resolves at once while the thread lives, and after its restart when it has died; rejects if that restart fails. */
  opened(): Promise<void>;
  /** Calls the thread's method `stop`, then ends it. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Called at each start. */
  readonly input?: () => unknown;
  /** Methods of this side that the thread can call. */
  readonly methods?: Methods;
  /** Called with the reason whenever the thread has died or could not be restarted; with undefined after `stop`. */
  readonly onEnd?: (death: unknown) => void;
  /** Logs each death and failed restart. */
  readonly logger?: Logger;
  readonly resourceLimits?: ResourceLimits;
}

type Opening = { opened(): void; stop(): void };

const RESTART_MS = 1000;
// Left alone, each thread's heap grows as if the machine were its own.
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };

/** Resolves once the thread is open; rejects if its first start fails. A call rejects with CONSUMER_STOPPED if the thread dies
 *  before it has answered and is restarted (what it completed is unknown), and with SHUTTING_DOWN if it has been stopped. */
export async function startService<There extends Methods>(
  entry: URL,
  options: ServiceOptions,
): Promise<Service<There>> {
  const { input = () => undefined, methods = {}, onEnd, logger, resourceLimits = RESOURCE_LIMITS } = options;
  let thread: StartedThread<There>;
  let isOpen = false;
  let stopping = false;
  const stopped = Promise.withResolvers<void>();
  const opening = () => thread as unknown as Remote<Opening>;

  async function start(): Promise<void> {
    thread = startThread(entry, { input: input(), methods, resourceLimits });
    await opening().call('opened');
    isOpen = true;
  }

  async function watch(): Promise<void> {
    const death = await thread.ended;
    isOpen = false;
    if (stopping) return;
    // An error that a thread does not handle is a fault in the code; the work must not stop until it is mended.
    logger?.error({ error: death, entry: fileOf(entry) }, 'thread died');
    onEnd?.(death);
    if (logger !== undefined) restartLater(logger);
  }

  function restartLater(log: Logger): void {
    // A caller that waits for the restart hears at once that there will be none.
    opened = Promise.race([pause(RESTART_MS, { ref: false }), stopped.promise]).then(() => {
      if (stopping) throw new FigtreeError('SHUTTING_DOWN', `the ${nameOf(entry)} is not restarted`);
      return start();
    });
    opened.then(watch, (error: unknown) => {
      if (stopping) return;
      log.error({ error, entry: fileOf(entry) }, 'thread cannot be restarted yet');
      onEnd?.(error);
      restartLater(log);
    });
  }

  function ended(death: unknown): unknown {
    if (stopping) return new FigtreeError('SHUTTING_DOWN', `the ${nameOf(entry)} has stopped; retry`);
    if (logger === undefined) return death;
    return new FigtreeError('CONSUMER_STOPPED', `the ${nameOf(entry)} has died`, { cause: death });
  }

  let opened = start();
  await opened;
  void watch();
  return {
    opened: () => opened,
    async call(name, ...sent) {
      // Without a wait while the thread is open: a call made before `stop` reaches the thread before it.
      if (!isOpen) await opened;
      const asked = thread;
      try {
        return await asked.call(name, ...sent);
      } catch (error) {
        throw error === asked.death() ? ended(error) : error;
      }
    },
    tell: (name, ...sent) => thread.tell(name, ...sent),
    async stop() {
      stopping = true;
      stopped.resolve();
      await opening()
        .call('stop')
        .catch((error: unknown) => {
          if (error !== thread.death()) logger?.error({ error, entry: fileOf(entry) }, 'thread did not stop cleanly');
        });
      await thread.terminate();
      onEnd?.(undefined);
    },
  };
}

/** A service that is started when it is first needed: many commands end before that. */
export interface LazyService<There extends Methods> {
  get(): Promise<Service<There>>;
  started(): boolean;
  stop(): Promise<void>;
}

export function lazyService<There extends Methods>(start: () => Promise<Service<There>>): LazyService<There> {
  let started: Promise<Service<There>> | undefined;
  return {
    get() {
      // After a failed start the next caller tries again.
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
