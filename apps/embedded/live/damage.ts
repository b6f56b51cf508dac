import { storageError } from '../../../adapters/embedded/files/sqlite.ts';
import { isFigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import type { UnitOfWork } from '../../../ports/unit-of-work.ts';

// The reaction depends on which file is damaged: a projection's file is rebuilt, and the log's must not be touched.

/** Describes the damage; undefined for any other error, or if another file is damaged. An error that names no file is taken for
 *  one of this file. */
export function damageOf(error: unknown, path: string): string | undefined {
  return namedDamage(storageError(error, path), path);
}

/** The same where several files are in use: undefined for an error that names none. */
export function namedDamage(error: unknown, path: string): string | undefined {
  return isFigtreeError(error, 'DATA_DAMAGED') && error.details.path === path ? error.message : undefined;
}

/** The same log, but its failures name its file. Inside a projection's transaction they would otherwise be taken for failures of
 *  the projection's file. */
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

/** The same unit of work, but reports all of its failures to a listener. */
export function reportingFailures<Unit extends UnitOfWork>(unit: Unit, onFailure: (error: unknown) => void): Unit {
  function report(error: unknown): never {
    onFailure(error);
    throw error;
  }
  return new Proxy(unit, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]) => {
        try {
          const result: unknown = Reflect.apply(member, target, parameters);
          return result instanceof Promise ? result.catch(report) : result;
        } catch (error) {
          return report(error);
        }
      };
    },
  });
}
