import { type LogWithArchiveOptions, openLogWithArchive } from '../../adapters/embedded/archive/log-with-archive.ts';
import { dataOpening } from '../../adapters/embedded/keys/sealed-data.ts';
import { openSqliteReplayReader } from '../../adapters/embedded/log/replay-reader.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { personalWords } from '../../consumers/runtime/personal-words.ts';
import type { CatalogFacts } from '../../schema-registry/event-facts.ts';
import { lazyUpcasters } from '../../schema-registry/lazy-upcasters.ts';
import { namingFile } from './live/damage.ts';

/** Where the events of a replay are: in the log, and before it perhaps in an archive that is named. */
export type ReplayedLog = Pick<LogWithArchiveOptions, 'logPath' | 'archive'>;

export interface ThreadReadingOptions extends ReplayedLog {
  /** The schemas themselves are loaded when they are needed. */
  readonly facts: CatalogFacts;
  /** Most of each event is left in the log until somebody asks for it. */
  readonly lean?: boolean;
}

/** What a thread reads events by that loads no schema: the log in current versions, with what is sealed in it opened. */
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
