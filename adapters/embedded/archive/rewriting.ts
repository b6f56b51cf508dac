import type { ArchivedEvents, LogArchive } from '../../../ports/log-archive.ts';
import { inFiles, linesIn, packText, unpackFile } from './files.ts';
import { manifestOf } from './manifest.ts';
import { lineOf, ownNames, rowOf, typeOf } from './archived-lines.ts';
import type { EventNames, EventRow } from '../log/event-rows.ts';

export interface RewriteOptions {
  readonly archive: LogArchive;
  /** Only lines that contain this text are examined. */
  readonly naming: string;
  /** Returns the new data of an event: the identical text if nothing of it changes. */
  change(type: string, version: number, data: string): string;
}

/** Changes the content of an archive, which only the erasure of an unsealed person does. A changed file gets another
 *  name, so that the archive is consistent at each moment: the old file is removed once the manifest names the new one.
 *  Returns the number of changed events. No other process may write the archive meanwhile. */
export async function rewriteArchive({ archive, naming, change }: RewriteOptions): Promise<number> {
  let manifest = await archive.manifest();
  let changed = 0;
  for (const file of manifest?.files ?? []) {
    if (manifest === undefined) break;
    const { text, events } = rewritten(await unpackFile(archive, file), { naming, change });
    if (events === 0) continue;
    const next = await replaceFile(archive, file, text);
    manifest = manifestOf({
      ...manifest,
      files: manifest.files.map((each) => (each.name === file.name ? next : each)),
    });
    await archive.replaceManifest(manifest);
    await archive.remove(file.name);
    changed += events;
  }
  return changed;
}

function rewritten(
  text: Buffer,
  { naming, change }: Omit<RewriteOptions, 'archive'>,
): { text: Uint8Array; events: number } {
  const names = ownNames();
  let events = 0;
  function changedLine(line: string): string {
    if (!line.includes(naming)) return line;
    const row = rowOf(line, names.give);
    const data = change(typeOf(line), row[4], row[12]);
    if (data === row[12]) return line;
    events += 1;
    return lineWith(row, data, names);
  }
  // All in one file, as before: the replacement text is short.
  const parts = [...inFiles(linesIn(text), changedLine)].map((part) => part.text);
  return { text: Buffer.concat(parts), events };
}

function lineWith(row: EventRow, data: string, names: EventNames): string {
  const changed: EventRow = [...row];
  changed[12] = data;
  return lineOf(changed, names);
}

async function replaceFile(archive: LogArchive, file: ArchivedEvents, text: Uint8Array): Promise<ArchivedEvents> {
  const { content, bytes, sha256 } = await packText(text);
  const [day, first] = [file.day, String(file.firstPosition).padStart(12, '0')];
  const name = `events-${day}-${first}-${sha256.slice(0, 8)}.ndjson.gz`;
  await archive.put(name, content);
  return { ...file, name, bytes, sha256 };
}
