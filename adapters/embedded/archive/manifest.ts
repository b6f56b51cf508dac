import { FigtreeError } from '../../../events/errors.ts';
import { isJsonObject } from '../../../events/json-object.ts';
import type { ArchivedEvents, ArchivedRows, ArchiveManifest } from '../../../ports/log-archive.ts';
import { archivedTableNames } from '../../../ports/log-archive.ts';

const ARCHIVE_FORMAT = 1;

export function emptyManifest(log: string): ArchiveManifest {
  return {
    format: ARCHIVE_FORMAT,
    writtenBy: 'figtree archive',
    log,
    lastPosition: 0,
    events: 0,
    bytes: 0,
    files: [],
    tables: { position: 0, files: [] },
  };
}

/** Computes the totals. */
export function manifestOf({ log, files, tables }: Pick<ArchiveManifest, 'log' | 'files' | 'tables'>): ArchiveManifest {
  const bytes = [...files, ...tables.files].reduce((sum, file) => sum + file.bytes, 0);
  const lastPosition = files.at(-1)?.lastPosition ?? 0;
  return { ...emptyManifest(log), lastPosition, events: lastPosition, bytes, files, tables };
}

/** Parses a manifest as strictly as all other outside input, because events are deleted on its word. Throws
 *  ARCHIVE_DAMAGED, or DATA_NEWER for an unknown format. */
export function parseManifest(text: string, path: string): ArchiveManifest {
  const damaged = (reason: string) => new FigtreeError('ARCHIVE_DAMAGED', `${path}: ${reason}`, { path });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  if (!isJsonObject(value) || value['writtenBy'] !== 'figtree archive')
    throw damaged('it is not the manifest of an archive');
  if (Number(value['format']) > ARCHIVE_FORMAT) {
    throw new FigtreeError('DATA_NEWER', `${path} was written by a newer Figtree (format ${String(value['format'])})`);
  }
  const manifest = value as unknown as ArchiveManifest;
  const wrong =
    isJsonObject(manifest.tables) && Array.isArray(manifest.tables.files) ? faultOf(manifest) : 'it has no tables';
  if (wrong !== undefined) throw damaged(wrong);
  return manifest;
}

function faultOf(manifest: ArchiveManifest): string | undefined {
  const { format, log, lastPosition, bytes, files, tables } = manifest;
  if (format !== ARCHIVE_FORMAT || typeof log !== 'string' || !Array.isArray(files)) return 'it is incomplete';
  let last = 0;
  for (const file of files) {
    const wrong = faultOfFile(file) ?? faultOfEvents(file, last);
    if (wrong !== undefined) return wrong;
    last = file.lastPosition;
  }
  if (manifest.events !== last) return `it says ${manifest.events} events, but its files have ${last}`;
  if (last !== lastPosition) return `it ends at position ${lastPosition}, but its files end at ${last}`;
  if (!isCount(tables.position)) return 'its tables have no position';
  const rows = tables.files.map((file) => faultOfFile(file) ?? faultOfRows(file)).find((fault) => fault !== undefined);
  if (rows !== undefined) return rows;
  const sum = [...files, ...tables.files].reduce((total, file) => total + file.bytes, 0);
  return sum === bytes ? undefined : `it says ${bytes} bytes, but its files have ${sum}`;
}

// A name, never a path: anybody may have edited the manifest.
const FILE_NAME = /^[a-z0-9-]+\.ndjson\.gz$/;

function faultOfFile(file: ArchivedEvents | ArchivedRows): string | undefined {
  if (!isJsonObject(file) || typeof file.name !== 'string' || !FILE_NAME.test(file.name))
    return 'a file has no valid name';
  const sound = isCount(file.bytes) && typeof file.sha256 === 'string' && /^[0-9a-f]{64}$/.test(file.sha256);
  return sound ? undefined : `${file.name} has no size or no sha256`;
}

function faultOfEvents(file: ArchivedEvents, last: number): string | undefined {
  const { name, firstPosition, lastPosition, events } = file;
  if (firstPosition !== last + 1) return `${name} begins at ${firstPosition}, but the file before it ends at ${last}`;
  if (!isCount(events) || events === 0 || lastPosition !== firstPosition + events - 1) {
    return `${name} has ${events} events from ${firstPosition} to ${lastPosition}`;
  }
  const instants = [file.firstRecordedtime, file.lastRecordedtime, file.day];
  return instants.some((text) => Number.isNaN(Date.parse(text))) ? `${name} has no times` : undefined;
}

function faultOfRows(file: ArchivedRows): string | undefined {
  return archivedTableNames.includes(file.table) && isCount(file.rows) ? undefined : `${file.name} belongs to no table`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
