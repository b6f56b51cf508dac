import type { ProgressBank } from '../../../adapters/embedded/projection/progress-board.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Logger } from '../../logger.ts';
import { startService } from '../../threads/services.ts';
import { damageOf, namedDamage } from './damage.ts';
import type { Command, ProjectionListener, ProjectionThread, ProjectionThreadData } from './projection-thread.ts';
import type { ProjectionWriter, WrittenVersion } from './projection-writer.ts';

/** A version in the thread that writes it. */
export interface Written {
  /** The input with which it is opened again when the thread is restarted. */
  next: WrittenVersion;
  readonly progress: ProgressBank;
  /** True if one of its consumers has side effects outside the system. */
  leavesSystem: boolean;
  /** The error by which its thread died. The thread has been restarted, or is about to be. */
  died?: unknown;
  /** Why its thread was restarted without it. */
  damage?: string;
}

/** A thread that writes one or more versions. */
export interface WritingThread {
  /** Resolves at once while the thread lives, and after its restart when it has died; rejects if that restart fails. */
  opened(): Promise<void>;
  writer(name: ProjectionName): WriterRemote;
  /** Stops one version, and the thread with its last one. */
  stop(name: ProjectionName): Promise<void>;
}

type ArgumentOf<Name extends Command> = Parameters<ProjectionWriter[Name]>[0];

/** The writer of one version. */
export interface WriterRemote {
  /** Rejects with CONSUMER_STOPPED if the version is no longer written. */
  call<Name extends Command>(method: Name, argument?: ArgumentOf<Name>): Promise<unknown>;
  /** Does nothing if the version is no longer written. */
  tell<Name extends Command>(method: Name, argument?: ArgumentOf<Name>): void;
}

export interface WritingThreadOptions {
  readonly input: Omit<ProjectionThreadData, 'versions'>;
  readonly logger: Logger;
  readonly damaged: (name: ProjectionName, reason: string) => void;
}

/** Rejects if one of the versions cannot be opened. When the thread dies, it is restarted without the versions whose files are
 *  damaged, so that the others do not wait until these are rebuilt. */
export async function startWritingThread(
  versions: readonly Written[],
  { input, logger, damaged }: WritingThreadOptions,
): Promise<WritingThread> {
  const written = new Map(versions.map((version) => [version.next.name, version]));
  const listener: ProjectionListener = {
    leavesSystem(name) {
      const version = written.get(name);
      if (version !== undefined) version.leavesSystem = true;
    },
    damaged: ({ name, reason }) => damaged(name, reason),
  };

  function died(death: unknown): void {
    // A version that is alone has caused whatever its thread dies of.
    const found = written.size === 1 ? damageOf : namedDamage;
    for (const [name, version] of written) {
      // The restarted thread resets this flag itself.
      version.progress.set({ ...version.progress.progress(), stopped: true });
      version.died = death;
      const reason = found(death, version.next.path);
      if (reason === undefined) continue;
      written.delete(name);
      version.damage = reason;
      damaged(name, reason);
    }
  }

  const thread = await startService<ProjectionThread>(new URL('./projection-thread.ts', import.meta.url), {
    input: (): ProjectionThreadData => ({ ...input, versions: [...written.values()].map(({ next }) => next) }),
    methods: listener,
    onEnd: (death) => death !== undefined && died(death),
    logger,
  });

  return {
    opened: thread.opened,
    writer: (projection) => ({
      async call(method, argument) {
        if (!written.has(projection)) throw notWritten(projection);
        return thread.call('write', { projection, method, argument });
      },
      tell(method, argument) {
        if (written.has(projection)) thread.tell('write', { projection, method, argument });
      },
    }),
    async stop(name) {
      const wasWritten = written.delete(name);
      if (written.size === 0) return thread.stop();
      if (!wasWritten) return;
      await thread.call('stopOne', name).catch((error: unknown) => {
        // The last version may have stopped the thread meanwhile, and this one with it.
        if (isFigtreeError(error, 'SHUTTING_DOWN')) return;
        logger.error({ projection: name, error }, 'projection did not stop cleanly');
      });
    },
  };
}

function notWritten(name: ProjectionName): FigtreeError {
  return new FigtreeError('CONSUMER_STOPPED', `the file of ${name} is damaged and is being rebuilt; retry`);
}
