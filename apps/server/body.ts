import { FigtreeError } from '../../events/errors.ts';
import { refuseCodings } from './codings.ts';

export const BODY_BYTES_MAX = 8 * 1024 * 1024;
// Small bodies never wait; all large ones together hold no more than this, however many come at once.
const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES_TOTAL_MAX = 8 * BODY_BYTES_MAX;

/** Reads request bodies within a limit per body and a limit for all. */
export interface BodyReader {
  /** Runs `work` with the body. A body over BODY_BYTES_MAX throws BODY_TOO_LARGE as soon as that is known, with
   *  or without content-length, and `work` is not run. A large body first waits until the others leave room. */
  withBody<Result>(request: Request, work: (body: Uint8Array) => Promise<Result>): Promise<Result>;
}

export function openBodyReader(): BodyReader {
  const room = openRoom(LARGE_BYTES_TOTAL_MAX);
  return {
    async withBody(request, work) {
      const declared = declaredBytes(request.headers);
      if (declared !== undefined && declared > BODY_BYTES_MAX) throw tooLarge();
      if (declared !== undefined && declared <= SMALL_BYTES) return work(new Uint8Array(await request.arrayBuffer()));
      const bytes = declared ?? BODY_BYTES_MAX;
      await room.take(bytes);
      try {
        return await work(await readWithin(request));
      } finally {
        room.give(bytes);
      }
    },
  };
}

// RFC 9112, 6.3: where there is a transfer-encoding, a content-length does not count.
function declaredBytes(headers: Headers): number | undefined {
  refuseCodings(headers);
  const length = headers.get('content-length');
  return length === null || headers.has('transfer-encoding') ? undefined : Number(length);
}

async function readWithin(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream, so that the rest is not read.
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): FigtreeError {
  return new FigtreeError('BODY_TOO_LARGE', `A body may have ${BODY_BYTES_MAX} bytes: send it in parts`);
}

interface Room {
  take(bytes: number): Promise<void>;
  give(bytes: number): void;
}

// First come, first served: a large body is not passed for ever by smaller ones.
function openRoom(total: number): Room {
  let free = total;
  const waiting: { bytes: number; enter: () => void }[] = [];
  function admit(): void {
    for (let first = waiting[0]; first !== undefined && first.bytes <= free; first = waiting[0]) {
      free -= first.bytes;
      waiting.shift();
      first.enter();
    }
  }
  return {
    take: (bytes) =>
      new Promise((resolve) => {
        waiting.push({ bytes, enter: resolve });
        admit();
      }),
    give(bytes) {
      free += bytes;
      admit();
    },
  };
}
