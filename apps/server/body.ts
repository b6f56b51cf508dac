import { FigtreeError } from '../../events/errors.ts';
import { within } from '../../resilience/timeout.ts';
import { refuseCodings } from './codings.ts';
import { openUploadMemory, type UploadShare } from './upload-memory.ts';

export const BODY_BYTES_MAX = 8 * 1024 * 1024;
// Small bodies never wait; all large ones together use at most this much memory.
const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES_TOTAL_MAX = 8 * BODY_BYTES_MAX;
const LARGE_BYTES_CALLER_MAX = LARGE_BYTES_TOTAL_MAX / 2;
// The least progress of a body per window, unless it ends: a link of 100 kbit/s achieves it.
const PACE_WINDOW_MS = 10_000;
const PACE_WINDOW_BYTES = 64 * 1024;

/** Reads request bodies within limits per body, per caller and in total. */
export interface BodyReader {
  /** Runs `work` with the body. A body over the limit throws BODY_TOO_LARGE as soon as that is known, with or without
   *  content-length, and `work` is not run. A large body waits until others free memory; BODY_TOO_SLOW if it arrives
   *  too slowly. */
  withBody<Result>(request: Request, work: (body: Uint8Array) => Promise<Result>, limits?: BodyLimits): Promise<Result>;
}

export interface BodyLimits {
  /** Default and maximum: BODY_BYTES_MAX. */
  readonly bytesMax?: number;
  /** The caller, so that one caller cannot use all of the memory. */
  readonly caller?: string | undefined;
}

export function openBodyReader(): BodyReader {
  const memory = openUploadMemory({ total: LARGE_BYTES_TOTAL_MAX, callerMax: LARGE_BYTES_CALLER_MAX });
  return {
    async withBody(request, work, { bytesMax = BODY_BYTES_MAX, caller } = {}) {
      const declared = declaredBytes(request.headers);
      if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax);
      if (declared !== undefined && declared <= SMALL_BYTES) return work(new Uint8Array(await request.arrayBuffer()));
      const share = memory.open(caller);
      try {
        return await work(await readWithin(request, bytesMax, share));
      } finally {
        share.close();
      }
    },
  };
}

// RFC 9112, 6.3: transfer-encoding overrides content-length.
function declaredBytes(headers: Headers): number | undefined {
  refuseCodings(headers);
  const length = headers.get('content-length');
  return length === null || headers.has('transfer-encoding') ? undefined : Number(length);
}

async function readWithin(request: Request, bytesMax: number, share: UploadShare): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const pace = openPace();
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await pace.inTime(reader.read());
      if (done) return Buffer.concat(chunks);
      bytes += value.byteLength;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      chunks.push(value);
      if (bytes > SMALL_BYTES) await share.grow(bytes);
      pace.brought(value.byteLength);
    }
  } finally {
    // The rest is not read. It may never arrive, so it is not awaited.
    reader.cancel().catch(() => {});
  }
}

/** Enforces a minimum speed of a body. */
interface BodyPace {
  /** Rejects with BODY_TOO_SLOW if the window ends first. */
  inTime<Result>(coming: Promise<Result>): Promise<Result>;
  /** Records received bytes after they were accepted: time spent waiting for memory does not count. */
  brought(bytes: number): void;
}

function openPace(): BodyPace {
  let leftMs = PACE_WINDOW_MS;
  let bytes = 0;
  return {
    inTime(coming) {
      const start = performance.now();
      return within(coming, leftMs, tooSlow).finally(() => {
        leftMs = Math.max(0, leftMs - (performance.now() - start));
      });
    },
    brought(more) {
      bytes += more;
      if (bytes < PACE_WINDOW_BYTES) return;
      bytes = 0;
      leftMs = PACE_WINDOW_MS;
    },
  };
}

function tooSlow(): FigtreeError {
  const message = `The body arrived too slowly: at least ${PACE_WINDOW_BYTES} bytes are expected every ${PACE_WINDOW_MS / 1000} s`;
  return new FigtreeError('BODY_TOO_SLOW', message);
}

function tooLarge(bytesMax: number): FigtreeError {
  return new FigtreeError('BODY_TOO_LARGE', `The body exceeds ${bytesMax} bytes: send it in parts`);
}
