import type { ArchivedEvents, ArchivedRows, LogArchive } from '../../../ports/log-archive.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import { linesIn, unpackFile } from './files.ts';
import { faultOfRow } from './tables.ts';
import { instantOf, ownNames } from './archived-lines.ts';
import { checkedRowOf } from './checked-lines.ts';

/** The problem of one file. */
export interface ArchiveFault {
  readonly file: string;
  readonly problem: string;
}

export interface ArchiveVerdict {
  readonly events: number;
  readonly lastPosition: number;
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly ArchiveFault[];
  /** Files missing from the manifest: from a killed run, or foreign. */
  readonly unnamed: readonly string[];
}

export interface VerifyOptions {
  readonly archive: LogArchive;
  readonly signal: AbortSignal;
  onProgress(position: number, lastPosition: number): void;
}

/** Reads all of an archive: every digest, every count, every position. Rejects with ARCHIVE_DAMAGED if the manifest
 *  itself is missing or damaged. */
export async function verifyArchive({ archive, signal, onProgress }: VerifyOptions): Promise<ArchiveVerdict> {
  const manifest = await archive.manifest();
  if (manifest === undefined) {
    throw new FigtreeError('ARCHIVE_DAMAGED', `${archive.place} contains no manifest.json`, { path: archive.place });
  }
  const { files, tables, lastPosition, bytes } = manifest;
  const faults: ArchiveFault[] = [];
  let events = 0;
  const check = async (file: ArchivedEvents | ArchivedRows, faultIn: (text: Buffer) => string | undefined) => {
    signal.throwIfAborted();
    const problem = await unpackFile(archive, file).then(faultIn, (error: unknown) => {
      if (isFigtreeError(error)) return error.message;
      throw error;
    });
    if (problem !== undefined) faults.push({ file: file.name, problem });
  };
  for (const file of files) {
    await check(file, (text) => faultInEvents(file, text));
    events += file.events;
    onProgress(file.lastPosition, lastPosition);
  }
  for (const file of tables.files) {
    await check(file, (text) => faultInRows(file, text));
  }
  const named = new Set([...files, ...tables.files].map(({ name }) => name));
  const unnamed = (await archive.list()).filter((name) => !named.has(name));
  return { events, lastPosition, files: named.size, bytes, faults, unnamed };
}

function faultInRows({ table, rows }: ArchivedRows, text: Buffer): string | undefined {
  let found = 0;
  for (const line of linesIn(text)) {
    found += 1;
    const fault = faultOfRow(table, line);
    if (fault !== undefined) return `line ${found} cannot be read: ${fault}`;
  }
  return found === rows ? undefined : `it has ${found} rows, but the manifest says ${rows}`;
}

function faultInEvents(file: ArchivedEvents, text: Buffer): string | undefined {
  const names = ownNames();
  let position = file.firstPosition;
  let [first, last] = ['', ''];
  for (const line of linesIn(text)) {
    try {
      const row = checkedRowOf(line, names.give);
      if (row[0] !== position) return `it has position ${row[0]} in the place of ${position}`;
      last = instantOf(row[9]);
    } catch (error) {
      return `line ${position - file.firstPosition + 1} cannot be read: ${(error as Error).message}`;
    }
    first ||= last;
    position += 1;
  }
  const events = position - file.firstPosition;
  if (events !== file.events) return `it has ${events} events, but the manifest says ${file.events}`;
  const timed = first === file.firstRecordedtime && last === file.lastRecordedtime && first.startsWith(file.day);
  return timed ? undefined : 'its times do not match the manifest';
}
