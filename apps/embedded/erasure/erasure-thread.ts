import { collectPersonWords } from '../../../adapters/embedded/erasure/person-words.ts';
import { emptyWal, scrubProjection } from '../../../adapters/embedded/projection/scrubbing.ts';
import type { PersonFields } from '../../../events/person-field.ts';
import { joinHost } from '../../threads/joining.ts';
import { duringPause, type PauseMethods } from '../live/commit-pauses.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed } from '../../projections/registry.ts';

// The parts of an erasure that take long and would block the main thread.

const host = joinHost<PauseMethods>();

const methods = {
  collectWords(asked: { readonly logPath: string; readonly person: string; readonly fields: PersonFields }) {
    return collectPersonWords(asked.logPath, asked.person, asked.fields);
  },
  async scrubFiles(projections: readonly { readonly name: ProjectionName; readonly path: string }[]) {
    for (const { name, path } of projections) {
      const { tidying } = await projectionNamed(name).embedded.load();
      await scrubProjection(path, tidying);
    }
  },
  /** Each try locks the log for a moment, during which nothing is committed. */
  emptyWal(logPath: string) {
    return emptyWal(logPath, (empty) => duringPause(host, empty));
  },
};
host.serve(methods);

export type ErasureThread = typeof methods;
