import type { EventType } from '../../events/catalog.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { settlesWithin } from '../../resilience/timeout.ts';
import type { Serving } from './env.ts';
import type { Turns } from './turns.ts';

const PAGE_EVENTS = 100;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1000;

export interface TailQuery {
  /** Events after this position. */
  readonly after: number;
  readonly types?: readonly EventType[];
  /** Aborted when the client has disconnected. */
  readonly gone: AbortSignal;
  /** Aborted when the client's credential expires. */
  readonly expired?: AbortSignal;
  /** Shared by all tails: each page takes a turn. Neither the log nor a fast client ever has to be waited for, so
   *  without turns a tail that catches up would block the event loop until it has. */
  readonly turns: Turns;
  /** Called when it ends. */
  readonly ended: () => void;
}

/** Events as server-sent events, until the client disconnects. Reads the log page by page from the client's position,
 *  and the next page only when the client has received the last one: a slow client costs the memory of one page.
 *
 *  A message is `id: <position>`, `data: <event as JSON>`. It has no `event:` line, because browsers would deliver it
 *  only to listeners for that name. */
export function liveTail(serving: Serving, query: TailQuery): Response {
  return new Response(ReadableStream.from(messages(serving, query)), {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // For proxies that would buffer the response.
      'x-accel-buffering': 'no',
    },
  });
}

// Starts with the first read, so that a response whose body is never read (to HEAD) leaves nothing behind.
async function* messages({ engine, lifecycle, metrics, log }: Serving, query: TailQuery): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const ends = [query.gone, lifecycle.tails.signal, ...(query.expired ? [query.expired] : [])];
  const bell = openBell(engine.log, ends);
  let { after } = query;
  metrics.tailsChanged(1);
  try {
    // Tells the client at once that it is connected, and how long to wait before it reconnects.
    yield encoder.encode(`retry: ${RECONNECT_MS}\n${idOnly(after)}`);
    while (!ends.some((signal) => signal.aborted)) {
      const heard = bell.rings();
      await query.turns.next();
      const page = await engine.log.read({ after, limit: PAGE_EVENTS, ...(query.types && { types: query.types }) });
      const atEnd = page.position === after;
      after = page.position;
      if (page.events.length > 0) yield encoder.encode(page.events.map(message).join(''));
      else if (atEnd && !(await bell.beyond(heard, HEARTBEAT_MS)))
        yield encoder.encode(`: still here\n${idOnly(after)}`);
    }
  } catch (error) {
    log.error({ error }, 'live tail failed');
    throw error;
  } finally {
    bell.close();
    query.ended();
    metrics.tailsChanged(-1);
  }
}

function message(event: RecordedEvent): string {
  return `id: ${event.position}\ndata: ${JSON.stringify(event)}\n\n`;
}

// An id without data advances the client's Last-Event-ID past filtered events, without a message.
function idOnly(position: number): string {
  return `id: ${position}\n\n`;
}

/** Rings for every commit and when the tail has to end. */
interface Bell {
  rings(): number;
  /** True once it has rung more often than `rings`; false if `timeoutMs` passes before. */
  beyond(rings: number, timeoutMs: number): Promise<boolean>;
  close(): void;
}

function openBell(log: EventLog, ends: readonly AbortSignal[]): Bell {
  let rings = 0;
  let wake = () => {};
  function ring(): void {
    rings += 1;
    wake();
  }
  const stopListening = log.onAppended(ring);
  for (const signal of ends) signal.addEventListener('abort', ring);
  return {
    rings: () => rings,
    async beyond(heard, timeoutMs) {
      return rings > heard || settlesWithin(new Promise<void>((resolve) => (wake = resolve)), timeoutMs);
    },
    close() {
      stopListening();
      for (const signal of ends) signal.removeEventListener('abort', ring);
    },
  };
}
