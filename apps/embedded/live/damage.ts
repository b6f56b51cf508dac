import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import { isFigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import type { UnitOfWork } from '../../../ports/unit-of-work.ts';

// Whose file is damaged decides what is done: a projection's is built again, and the log's is not to be touched.

/** In words; undefined if it is something else, or another file is damaged. */
export function damageOf(error: unknown, path: string): string | undefined {
  const named = storageError(error, path);
  return isFigtreeError(named, 'DATA_DAMAGED') && named.details.path === path ? named.message : undefined;
}

/** The same log, whose failures name its file. Read within a projection's transaction, they would pass for the projection's. */
export function namingFile(log: EventLogReader, path: string): EventLogReader {
  async function named<Result>(reading: Promise<Result>): Promise<Result> {
    try {
      return await reading;
    } catch (error) {
      throw storageError(error, path);
    }
  }
  return {
    head: () => named(log.head()),
    read: (query) => named(log.read(query)),
    readFlow: (correlationId, limit) => named(log.readFlow(correlationId, limit)),
    close: () => log.close(),
  };
}

/** The same unit of work, with somebody who hears of everything that fails in it. */
export function tellingDamage<Unit extends UnitOfWork>(unit: Unit, hear: (error: unknown) => void): Unit {
  function heard(error: unknown): never {
    hear(error);
    throw error;
  }
  return new Proxy(unit, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]) => {
        try {
          const result: unknown = Reflect.apply(member, target, parameters);
          return result instanceof Promise ? result.catch(heard) : result;
        } catch (error) {
          return heard(error);
        }
      };
    },
  });
}
