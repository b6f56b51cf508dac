import { type LogWithArchiveOptions, openLogWithArchive } from '../../adapters/embedded/archive/log-with-archive.ts';
import { dataOpening } from '../../adapters/embedded/keys/sealed-data.ts';
import { openSqliteReplayReader } from '../../adapters/embedded/log/replay-reader.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { personalWords } from '../../consumers/runtime/personal-words.ts';
import type { CatalogFacts } from '../../schema-registry/event-facts.ts';
import { lazyUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import { namingFile } from './live/damage.ts';

/** The sources of a replay: the log, and an archive of earlier events if one is given. */
export type ReplayedLog = Pick<LogWithArchiveOptions, 'logPath' | 'archive'>;

export interface ThreadReadingOptions extends ReplayedLog {
  /** Schemas are loaded when they are needed. */
  readonly facts: CatalogFacts;
  /** Most fields of an event stay in the log until they are read. */
  readonly lean?: boolean;
}

/** The log for a thread that loads no schemas: events in current versions, with sealed text opened. */
export function openThreadReading({ facts, lean = false, ...replayed }: ThreadReadingOptions) {
  const { logPath } = replayed;
  const opening = dataOpening(logPath, facts.personFields);
  const reader = lean ? { log: openSqliteReplayReader(logPath, facts.dataschemas, opening) } : {};
  const upcasters = lazyUpcasters(facts, async () =>
    (await import('../../schema-registry/catalog-upcasters.ts')).catalogUpcasters(),
  );
  const recorded = namingFile(openLogWithArchive({ ...replayed, ...reader, opening }), logPath);
  return { log: inCurrentVersions(recorded, upcasters), upcasters, personal: personalWords(facts.personalPaths) };
}
