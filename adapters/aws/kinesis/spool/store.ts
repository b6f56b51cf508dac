import { FigtreeError } from '../../../../events/errors.ts';
import type { SpoolLock } from './lock.ts';
import {
  createSegment,
  findSegments,
  readLines,
  removeSegment,
  sealSegment,
  type Segment,
  writeLines,
} from './segments.ts';

/** The segments of a spool, the oldest first: written at the end, read from the start, removed when all of their lines
 *  have arrived. Calls must not overlap. */
export interface SpoolStore {
  /** Size on disk, without partial lines of a killed process. */
  readonly bytes: number;
  readonly isEmpty: boolean;
  readonly hasUnread: boolean;
  readonly hasDone: boolean;
  /** Resolves once the lines survive power loss. Rejects with STORAGE_FULL if they exceed the spool's limit, with
   *  DATA_IN_USE if another process has taken it, and with the disk's errors. */
  write(lines: readonly Uint8Array[]): Promise<void>;
  /** The next lines; `arrived` of each is called once it is no longer needed. */
  read(): Promise<readonly SpooledLine[]>;
  removeDone(): Promise<void>;
  close(): Promise<void>;
}

export interface SpooledLine {
  readonly line: Buffer;
  readonly arrived: () => void;
}

interface Parts {
  readonly folder: string;
  readonly bytesMax: number;
  readonly segmentBytes: number;
  readonly lock: SpoolLock;
}

const READ_BYTES = 256 * 1024;

export async function openSpoolStore({ folder, bytesMax, segmentBytes, lock }: Parts): Promise<SpoolStore> {
  const found = await findSegments(folder);
  let { segments, next } = found;
  const bytes = () => segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const unread = () => segments.find((segment) => segment.readBytes < segment.bytes);

  async function current(): Promise<Segment> {
    const last = segments.at(-1);
    if (last?.file !== undefined && last.bytes < segmentBytes) return last;
    if (last !== undefined) await sealSegment(last);
    const created = await createSegment(folder, next++);
    segments.push(created);
    return created;
  }

  return {
    get bytes() {
      return bytes();
    },
    get isEmpty() {
      return segments.length === 0;
    },
    get hasUnread() {
      return unread() !== undefined;
    },
    get hasDone() {
      return segments.some(isDone);
    },
    async write(lines) {
      if (bytes() + lines.reduce((sum, line) => sum + line.length + 1, 0) > bytesMax) throw full(folder);
      await lock.check();
      const segment = await current();
      await writeLines(segment, lines).catch(async (error: unknown) => {
        await sealSegment(segment);
        throw error;
      });
    },
    async read() {
      const segment = unread();
      if (segment === undefined) return [];
      const lines = await readLines(segment, READ_BYTES);
      segment.waiting += lines.length;
      return lines.map((line) => ({ line, arrived: () => void (segment.waiting -= 1) }));
    },
    async removeDone() {
      for (const segment of segments.filter(isDone)) {
        await removeSegment(segment);
        segments = segments.filter((each) => each !== segment);
      }
    },
    async close() {
      const last = segments.at(-1);
      if (last !== undefined) await sealSegment(last);
      await lock.release();
    },
  };
}

function isDone({ bytes, readBytes, waiting }: Segment): boolean {
  return readBytes === bytes && waiting === 0;
}

export function full(folder: string, cause?: unknown): FigtreeError {
  return new FigtreeError('STORAGE_FULL', `The spool ${folder} is full`, { folder, cause });
}
