import { open } from 'node:fs/promises';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FigtreeError } from '../events/errors.ts';

/** The text of a file or stdin as bytes. */
export interface ImportSource {
  /** Rejects with FILE_UNREADABLE; earlier bytes stay valid. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Name of the origin of its lines. */
  readonly name: string;
  /** Number of bytes of the file that were read, before decompression. */
  bytesRead(): number;
  /** Undefined for stdin and other pipes. */
  readonly bytesTotal: number | undefined;
  close(): void;
}

const READ_BYTES = 256 * 1024;
const READ_AHEAD_BYTES = 1024 * 1024;

/** Opens a path, or stdin for `-`. Gzip is recognised by its first two bytes, whatever the name. */
export async function openImportSource(path: string): Promise<ImportSource> {
  const name = path === '-' ? 'stdin' : path;
  const { raw, bytesTotal } =
    path === '-' ? { raw: readAhead(process.stdin), bytesTotal: undefined } : await openFile(path);
  let bytesRead = 0;

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw as AsyncIterable<Uint8Array>) {
      bytesRead += chunk.length;
      yield chunk;
    }
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* utf8(await unzipped(counted()), name);
    } catch (error) {
      throw unreadable(name, error);
    }
  }

  return { bytes: bytes(), name, bytesRead: () => bytesRead, bytesTotal, close: () => void raw.destroy() };
}

// A pipe delivers 64 KB at a time, or a line. Everything that arrives while earlier lines are taken in is then read as
// one piece: a fast sender gets large batches, a slow one need not wait for a batch to fill.
function readAhead(pipe: Readable): Readable {
  const ahead = new PassThrough({ highWaterMark: READ_AHEAD_BYTES });
  pipeline(pipe, ahead, () => {});
  return ahead;
}

async function unzipped(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const { start, whole } = await peeked(chunks);
  if (start[0] !== 0x1f || start[1] !== 0x8b) return whole();
  // Errors of either stream are thrown by the iteration over the last one.
  return pipeline(whole, createGunzip({ chunkSize: READ_BYTES }), () => {});
}

/** The first two bytes, if there are that many, and the complete input. */
async function peeked(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array();
  while (start.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield start;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { start, whole };
}

// Other encodings are refused as a whole, rather than as invalid JSON line by line. RFC 8259 requires UTF-8.
async function* utf8(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { start, whole } = await peeked(chunks);
  const [first = 1, second = 1] = start;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // The first character of a JSON text is ASCII, so one of its bytes is zero in UTF-16 and more in UTF-32.
  if (!marked && first !== 0 && second !== 0) return yield* whole();
  const reason = 'it is UTF-16 or UTF-32, not UTF-8: convert it first, for instance with iconv -f UTF-16 -t UTF-8';
  throw new FigtreeError('FILE_UNREADABLE', `cannot read ${name}: ${reason}`, { path: name });
}

async function openFile(path: string): Promise<{ raw: Readable; bytesTotal: number | undefined }> {
  try {
    const file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) {
      await file.close();
      throw new FigtreeError('FILE_UNREADABLE', `${path} is a folder`, { path });
    }
    const raw = file.createReadStream({ highWaterMark: READ_BYTES });
    return stats.isFile() ? { raw, bytesTotal: stats.size } : { raw: readAhead(raw), bytesTotal: undefined };
  } catch (error) {
    throw unreadable(path, error);
  }
}

// The codes of zlib and of the system for the most common failures.
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a folder',
  Z_BUF_ERROR: 'the gzip data ends early: the file is cut off',
  Z_DATA_ERROR: 'the gzip data is damaged',
};

function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code === 'FILE_UNREADABLE') return error;
  const reason = reasons[String(error.code)] ?? error.message;
  return new FigtreeError('FILE_UNREADABLE', `cannot read ${path}: ${reason}`, { path, cause: error });
}
