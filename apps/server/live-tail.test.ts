import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReadQuery } from '../../ports/event-log.ts';
import { openLogger } from '../logger.ts';
import { drawSite } from '../embedded/catalog/drawn-site.ts';
import { createApp } from './app.ts';
import { openLifecycle } from './lifecycle.ts';
import { joined, objectId, openTestServer, type TestServer } from '../../testing/server/test-server.ts';

const EVENTS = 1000;

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  await server.publish(...Array.from({ length: EVENTS }, (_, index) => joined(objectId(index))));
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

/** A tail whose client reads on demand, on the real engine with its reads of the log recorded. */
async function openSlowTail(query: string) {
  const reads: ReadQuery[] = [];
  const log = {
    ...server.engine.log,
    read: (asked: ReadQuery) => {
      // A read of no events only checks whether they still exist.
      if (asked.limit > 0) reads.push(asked);
      return server.engine.log.read(asked);
    },
  };
  const lifecycle = openLifecycle();
  const app = await createApp({
    engine: { ...server.engine, log },
    config: { auth: { publishKeys: [] } },
    log: openLogger({ level: 'silent', destination: 2 }),
    drawSite,
    lifecycle,
  });
  const gone = new AbortController();
  const { body } = await app.request(`/events/stream${query}`, { signal: gone.signal });
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const read = async () => {
    const { value } = await reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  };
  return { reads, read, gone, lifecycle, cancel: () => reader.cancel() };
}

const idsOf = (text = '') => [...text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, id]) => Number(id));

describe('a client that reads slowly', () => {
  it('holds one page, and gets everything in the end', async () => {
    const tail = await openSlowTail('?from=1');
    expect(tail.reads).toEqual([]);
    expect(await tail.read()).toMatch(/^retry: \d+\nid: 0\n\n$/);
    const ids: number[] = [];
    for (let pages = 1; ids.length < EVENTS; pages += 1) {
      ids.push(...idsOf(await tail.read()));
      expect(tail.reads.length).toBeLessThanOrEqual(pages + 1);
    }
    expect(ids).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
    expect(Math.max(...tail.reads.map(({ limit }) => limit))).toBeLessThanOrEqual(100);
    await tail.cancel();
  });
});

describe('tails that catch up, whose clients read immediately', () => {
  it('leave the event loop to others after each page, however many they are', async () => {
    let loop = 0;
    const pages: number[] = [];
    const log = {
      ...server.engine.log,
      read: (asked: ReadQuery) => {
        if (asked.limit > 0) pages.push(loop);
        return server.engine.log.read(asked);
      },
    };
    const app = await createApp({
      engine: { ...server.engine, log },
      config: { auth: { publishKeys: [] } },
      log: openLogger({ level: 'silent', destination: 2 }),
      drawSite,
    });
    const gone = new AbortController();
    const tails = Array.from({ length: 10 }, async () => {
      const { body } = await app.request('/events/stream?from=1', { signal: gone.signal });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      const ids: number[] = [];
      while (ids.length < EVENTS) ids.push(...idsOf(new TextDecoder().decode((await reader.read()).value)));
      await reader.cancel();
      return ids;
    });
    let ended = false;
    const counting = (async () => {
      for (; !ended; loop += 1) await nextTurn();
    })();
    const all = await Promise.all(tails);
    ended = true;
    await counting;
    expect(all).toEqual(tails.map(() => Array.from({ length: EVENTS }, (_, index) => index + 1)));
    expect(pages.length).toBeGreaterThanOrEqual((10 * EVENTS) / 100);
    expect(new Set(pages).size).toBe(pages.length);
  });
});

describe('a tail at the end of the log', () => {
  it('sends heartbeats with its position, so that a filter does not delay it', async () => {
    const tail = await openSlowTail(`?type=user-left&from=${EVENTS - 10}`);
    expect(await tail.read()).toContain(`id: ${EVENTS - 11}\n`);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const sign = tail.read();
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    vi.advanceTimersByTime(15_000);
    expect(await sign).toBe(`: still here\nid: ${EVENTS}\n\n`);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when its client goes', async () => {
    const tail = await openSlowTail('');
    await tail.read();
    const waiting = tail.read();
    tail.gone.abort();
    expect(await waiting).toBeUndefined();
  });

  it('ends when the server stops', async () => {
    const tail = await openSlowTail('');
    await tail.read();
    const waiting = tail.read();
    tail.lifecycle.tails.abort();
    expect(await waiting).toBeUndefined();
  });
});
