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
  /** Their folders, to be searched; also of a folder that is no archive of this log, in which nothing is changed. */
  readonly folders: readonly string[];
  /** Those that are not there. */
  readonly missing: readonly string[];
  /** Writes over what was said about a person; gives in how many events. What is sealed stays as it is: nobody opens it any
   *  more. */
  erase(userId: string, fields: PersonFields): Promise<number>;
  close(): void;
}

/** The archive that was named and the one that the log was trimmed to. Nobody else writes an archive of this log until they are
 *  closed; DATA_IN_USE if somebody does. */
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
        // With it come the tables as they are now: what was refused and named them is gone from there.
        const { signal } = new AbortController();
        await writeArchive({ database, log, archive, signal, onProgress() {} });
      }
      return events;
    },
  };
}
