import { FigtreeError } from '../../../events/errors.ts';
import type { ScanTask } from './log-scan-thread.ts';
import type { ImportSource } from '../../import-source.ts';

const TASK_BYTES = 1024 * 1024;
// A longer line is no event, and is passed on unchanged to be reported as invalid JSON.
const LINE_BYTES_MAX = 8 * 1024 * 1024;
const LINE_END = 10;

/** The lines of an archive of events, grouped into tasks. Rejects with REQUEST_INVALID if it contains changes of the
 *  monolith instead. */
export async function* linesOf(source: ImportSource): AsyncGenerator<ScanTask> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let line = 1;

  function task(bytes: Uint8Array<ArrayBuffer>): ScanTask {
    const firstLine = line;
    for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) line += 1;
    return { kind: 'lines', bytes, firstLine };
  }
  for await (const chunk of source.bytes) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes < TASK_BYTES) continue;
    const end = chunk.lastIndexOf(LINE_END);
    if (end < 0 && waitingBytes < LINE_BYTES_MAX) continue;
    // Up to the last line end; the rest waits for its own.
    const rest = end < 0 ? 0 : chunk.length - end - 1;
    const bytes = joinedBytes(waiting, waitingBytes - rest);
    if (line === 1) requireEvents(bytes, source.name);
    yield task(bytes);
    waiting = rest === 0 ? [] : [chunk.slice(chunk.length - rest)];
    waitingBytes = rest;
  }
  if (waitingBytes === 0) return;
  const bytes = joinedBytes(waiting, waitingBytes);
  if (line === 1) requireEvents(bytes, source.name);
  yield task(bytes);
}

// Copied to memory of its own, which is transferred to a thread.
function joinedBytes(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, length - at);
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function requireEvents(bytes: Uint8Array, name: string): void {
  const end = bytes.indexOf(LINE_END);
  const first = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  let value: unknown;
  try {
    value = JSON.parse(first);
  } catch {
    return;
  }
  if (typeof value === 'object' && value !== null && 'operationType' in value) {
    throw new FigtreeError(
      'REQUEST_INVALID',
      `${name} contains changes of the monolith, not events: import it into a folder and scan that`,
    );
  }
}
