import { existsSync } from 'node:fs';
import { openArchiveFolder } from '../../adapters/embedded/archive-folder.ts';
import { rewriteArchive } from '../../adapters/embedded/archive-rewriting.ts';
import { openArchiveSource } from '../../adapters/embedded/archive-source.ts';
import { writeArchive } from '../../adapters/embedded/archive-writing.ts';
import { overwritten } from '../../adapters/embedded/log-erasure.ts';
import { readLogFact } from '../../adapters/embedded/log-facts.ts';
import { dataschemaOf } from '../../events/envelope.ts';
import type { PersonFields } from '../../events/person-field.ts';

export interface ArchivesAsked {
  readonly folder: string;
  readonly userId: string;
  readonly fields: PersonFields;
  /** The one that was named. */
  readonly named: string | undefined;
}

export interface ErasedArchives {
  /** Events in which his words stood in plain, and were written over. */
  readonly overwritten: number;
  /** Their folders, to be searched; also of a folder that is no archive of this log, in which nothing was changed. */
  readonly folders: readonly string[];
  /** Those that are not there. */
  readonly missing: readonly string[];
}

/** Writes over what was said about a person in the archive that was named and in the one that the log was trimmed to. What is
 *  sealed stays as it is: nobody opens it any more. DATA_IN_USE if one of them is being written. */
export async function eraseInArchives({ folder, userId, fields, named }: ArchivesAsked): Promise<ErasedArchives> {
  const source = await openArchiveSource(folder);
  try {
    const places = [named, readLogFact(source.database, 'archive')].filter((place) => place !== undefined);
    const folders = [...new Set(places)].filter((place) => existsSync(place));
    let events = 0;
    for (const place of folders) {
      const archive = openArchiveFolder(place);
      const manifest = await archive.manifest();
      if (manifest?.log !== source.log) continue;
      events += await rewriteArchive({
        archive,
        naming: userId,
        change: (type, version, data) => overwritten(data, fields[dataschemaOf(type, version)] ?? [], userId),
      });
      // With it come the tables as they are now: what was refused and named him is gone from there.
      const { signal } = new AbortController();
      await writeArchive({ database: source.database, log: source.log, archive, signal, onProgress() {} });
    }
    return { overwritten: events, folders, missing: places.filter((place) => !existsSync(place)) };
  } finally {
    source.close();
  }
}
