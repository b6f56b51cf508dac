import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosInput, Random } from './input.ts';

/** Posts events and changes to the running server, and remembers what was acknowledged. */
export interface ChaosClient {
  /** Posts until everything is acknowledged or the server no longer answers. */
  post(url: string): Promise<void>;
  /** Ids of the events that a server has acknowledged. */
  acknowledged(): ReadonlySet<string>;
  done(): boolean;
  /** How many batches a server has refused for now; each ended the posting of its queue. */
  refused(): number;
}

interface Queue {
  readonly path: '/events' | '/legacy/changes';
  readonly items: readonly { readonly id?: string; readonly text: string }[];
  /** The first unacknowledged item. */
  next: number;
}

const BATCH_ITEMS_MAX = 12;
// No space, storage failed, or about to stop: to be sent again.
const LATER = new Set([507, 503]);

/** With a pause after each batch, to leave time for a fault. */
export function chaosClient({ queues, posted }: ChaosInput, random: Random, pauseMs = 0): ChaosClient {
  const acknowledged = new Set<string>();
  let refused = 0;
  const waiting: Queue[] = queues.map((events) => ({
    path: '/events',
    items: events.map((event) => ({ id: event.id, text: JSON.stringify(event) })),
    next: 0,
  }));
  waiting.push({ path: '/legacy/changes', items: posted.map((text) => ({ text })), next: 0 });

  /** One batch after the other: the next one goes only after the one before was acknowledged, so that order is kept. */
  async function postQueue(url: string, queue: Queue): Promise<void> {
    while (queue.next < queue.items.length) {
      const batch = queue.items.slice(queue.next, queue.next + 1 + Math.floor(random() * BATCH_ITEMS_MAX));
      const report = await postBatch(url + queue.path, batch);
      if (report === 'later') refused += 1;
      if (report === undefined || report === 'later') return;
      if (report.accepted + report.duplicates !== batch.length) {
        throw new Error(`not all of a batch was taken: ${JSON.stringify(report)}`);
      }
      queue.next += batch.length;
      for (const { id } of batch) if (id !== undefined) acknowledged.add(id);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  return {
    post: async (url) => void (await Promise.all(waiting.map((queue) => postQueue(url, queue)))),
    acknowledged: () => acknowledged,
    done: () => waiting.every(({ next, items }) => next === items.length),
    refused: () => refused,
  };
}

interface Report {
  readonly accepted: number;
  readonly duplicates: number;
}

/** Undefined if the server is gone: it is unknown whether it accepted the batch, and it is sent again. */
async function postBatch(url: string, batch: readonly { text: string }[]): Promise<Report | 'later' | undefined> {
  let response: Response;
  let body: string;
  try {
    const headers = { 'content-type': 'application/x-ndjson' };
    response = await fetch(url, { method: 'POST', headers, body: batch.map(({ text }) => text).join('\n') });
    body = await response.text();
  } catch {
    return undefined;
  }
  if (LATER.has(response.status)) return 'later';
  if (response.status !== 202) throw new Error(`${url} answers ${response.status}: ${body}`);
  return JSON.parse(body) as Report;
}
