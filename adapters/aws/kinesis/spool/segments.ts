import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the spool: whole lines, each ended by a line feed, up to `bytes`. Anything beyond that was never
 *  acknowledged. */
export interface Segment {
  readonly path: string;
  bytes: number;
  /** Number of bytes that were read. */
  readBytes: number;
  /** Lines that were read and have not arrived yet. */
  waiting: number;
  /** Present while it is open for writing. */
  file?: FileHandle;
}

const NAME = /^(\d{12})\.ndjson$/;
const SET_ASIDE = 'set-aside.ndjson';
const LINE_FEED = 10;

function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(12, '0')}.ndjson`);
}

/** The segments that earlier processes left, the oldest first, and the number of the next one. */
export async function findSegments(folder: string): Promise<{ segments: Segment[]; next: number }> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).toSorted();
  const segments = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, bytes: await wholeLines(path), readBytes: 0, waiting: 0 };
    }),
  );
  return { segments, next: Number(NAME.exec(names.at(-1) ?? '')?.[1] ?? 0) + 1 };
}

/** The bytes of complete lines: a process that ended while writing may have left a partial line, which was never
 *  acknowledged. */
async function wholeLines(path: string): Promise<number> {
  const { size } = await stat(path);
  const file = await open(path, 'r');
  try {
    const chunk = Buffer.alloc(64 * 1024);
    for (let end = size; end > 0; end -= chunk.length) {
      const from = Math.max(0, end - chunk.length);
      const { bytesRead } = await file.read(chunk, 0, end - from, from);
      const last = chunk.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
      if (last >= 0) return from + last + 1;
    }
    return 0;
  } finally {
    await file.close();
  }
}

export async function createSegment(folder: string, number: number): Promise<Segment> {
  const path = segmentPath(folder, number);
  const file = await open(path, 'wx', 0o600);
  try {
    await syncFolder(folder);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { path, bytes: 0, readBytes: 0, waiting: 0, file };
}

/** Resolves once the lines survive power loss. If it rejects, nothing more may be written to this segment: the disk's
 *  content after `bytes` is unknown. */
export async function writeLines(segment: Segment, lines: readonly Uint8Array[]): Promise<void> {
  const { file } = segment;
  if (file === undefined) throw new Error('the segment is closed');
  const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.of(LINE_FEED)]));
  for (let written = 0; written < text.length;) {
    const { bytesWritten } = await file.write(text, written, text.length - written, segment.bytes + written);
    written += bytesWritten;
  }
  await file.datasync();
  segment.bytes += text.length;
}

/** Closes the segment, and removes everything after its acknowledged lines if the disk is still writable. */
export async function sealSegment(segment: Segment): Promise<void> {
  const { file } = segment;
  delete segment.file;
  await file?.truncate(segment.bytes).catch(() => undefined);
  await file?.close().catch(() => undefined);
}

/** The next complete unread lines, without their line feeds; at least one, if there is one. */
export async function readLines(segment: Segment, bytesMax: number): Promise<Buffer[]> {
  const file = await open(segment.path, 'r');
  try {
    for (let wanted = bytesMax; ; wanted *= 2) {
      const chunk = Buffer.alloc(Math.min(wanted, segment.bytes - segment.readBytes));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, segment.readBytes);
      if (bytesRead < chunk.length) throw new Error(`${segment.path} is shorter than it was`);
      const end = chunk.lastIndexOf(LINE_FEED);
      if (end < 0 && chunk.length > 0) continue;
      segment.readBytes += end + 1;
      return linesOf(chunk.subarray(0, end + 1));
    }
  } finally {
    await file.close();
  }
}

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < text.length;) {
    const end = text.indexOf(LINE_FEED, from);
    lines.push(text.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

export async function removeSegment(segment: Segment): Promise<void> {
  await sealSegment(segment);
  await rm(segment.path, { force: true });
}

/** Keeps a line that can never be sent, for an operator. */
export async function setAside(folder: string, line: Uint8Array): Promise<void> {
  const file = await open(join(folder, SET_ASIDE), 'a', 0o600);
  try {
    await file.appendFile(Buffer.concat([line, Buffer.of(LINE_FEED)]));
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Without it, power loss may undo the creation of a file. Windows does not support it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
