import { existsSync } from 'node:fs';
import { openArchiveFolder } from '../../../adapters/embedded/archive/folder.ts';
import { rewriteArchive } from '../../../adapters/embedded/archive/rewriting.ts';
import { openArchiveSource } from '../../../adapters/embedded/archive/source.ts';
import { writeArchive } from '../../../adapters/embedded/archive/writing.ts';
import { overwritten } from '../../../adapters/embedded/log/erasure.ts';
import { readLogFact } from '../../../adapters/embedded/log/facts.ts';
import { dataschemaOf } from '../../../events/envelope.ts';
import type { PersonFields } from '../../../events/person-field.ts';

export interface ErasedArchives {
  /** The folders to search. A folder that is not an archive of this log is searched as well, but not changed. */
  readonly folders: readonly string[];
  /** The folders that do not exist. */
  readonly missing: readonly string[];
  /** Overwrites a person's plain text; resolves with the number of events. Sealed text stays as it is: it can no longer be
   *  opened. */
  erase(userId: string, fields: PersonFields): Promise<number>;
  close(): void;
}

/** The named archive and the one to which the log was trimmed. No other process writes an archive of this log until they are
 *  closed; DATA_IN_USE if one does now. */
export async function openErasedArchives(folder: string, named: string | undefined): Promise<ErasedArchives> {
  const { database, log, close } = await openArchiveSource(folder);
  const places = new Set([named, readLogFact(database, 'archive')].filter((place) => place !== undefined));
  const folders = [...places].filter((place) => existsSync(place));
  return {
    folders,
    missing: [...places].filter((place) => !existsSync(place)),
    close,
    async erase(userId, fields) {
      let events = 0;
      for (const place of folders) {
        const archive = openArchiveFolder(place);
        const manifest = await archive.manifest();
        if (manifest?.log !== log) continue;
        events += await rewriteArchive({
          archive,
          naming: userId,
          change: (type, version, data) => overwritten(data, fields[dataschemaOf(type, version)] ?? [], userId),
        });
        // This copies the current tables as well, from which refused items about the person have been removed.
        const { signal } = new AbortController();
        await writeArchive({ database, log, archive, signal, onProgress() {} });
      }
      return events;
    },
  };
}
