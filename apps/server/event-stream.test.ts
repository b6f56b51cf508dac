import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TAILS_PER_CREDENTIAL_MAX } from './tail-places.ts';
import { joined, objectId, openTestServer, posts, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

interface Message {
  readonly id: number;
  readonly event: { position: number; type: string; subject: string };
}

interface Tail {
  readonly messages: Message[];
  /** The id that a browser would send as Last-Event-ID now. */
  lastId(): string;
  readonly ended: Promise<void>;
  close(): void;
}

async function openTail(query = '', headers: Record<string, string> = {}): Promise<Tail> {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/events/stream${query}`, { headers, signal: controller.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const messages: Message[] = [];
  let lastId = '';
  const read = async () => {
    let buffered = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (buffered + chunk).split('\n\n');
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        lastId = field('id') ?? lastId;
        const data = field('data');
        if (data !== undefined) messages.push({ id: Number(lastId), event: JSON.parse(data) as Message['event'] });
      }
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  // It is connected once it has received its first id.
  await expect.poll(() => lastId).not.toBe('');
  return { messages, lastId: () => lastId, ended, close: () => controller.abort() };
}

let made = 0;
const publish = (count: number) =>
  server.publish(...Array.from({ length: count }, () => joined(objectId((made += 1), 4))));

const positions = (tail: Tail) => tail.messages.map(({ id }) => id);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a live tail', () => {
  it('begins with what happens from now on, in order, each event with its position as id', async () => {
    const before = await publish(3);
    const tail = await openTail();
    const after = await publish(250);
    await expect.poll(() => tail.messages.length).toBe(250);
    expect(positions(tail)).toEqual(range(before + 1, after));
    expect(tail.messages.every(({ id, event }) => event.position === id)).toBe(true);
    const { items } = (await server.get(`/events?from=${before + 1}&limit=1`)).json;
    expect(tail.messages[0]?.event).toEqual(items[0]);
    tail.close();
    await tail.ended;
  });

  it('continues where it was cut off, without a gap and without a repetition', async () => {
    const before = await publish(1);
    const first = await openTail();
    await publish(5);
    await expect.poll(() => first.messages.length).toBe(5);
    first.close();
    await first.ended;
    const after = await publish(120);
    const second = await openTail('', { 'last-event-id': first.lastId() });
    await expect.poll(() => second.messages.length).toBe(120);
    expect([...positions(first), ...positions(second)]).toEqual(range(before + 1, after));
    second.close();
  });

  it('begins at a position that is named; Last-Event-ID wins over it', async () => {
    const head = await publish(10);
    const tail = await openTail(`?from=${head - 2}`);
    await expect.poll(() => tail.messages.length).toBe(3);
    expect(positions(tail)).toEqual(range(head - 2, head));
    tail.close();
    const resumed = await openTail('?from=1', { 'last-event-id': String(head - 1) });
    await expect.poll(() => resumed.messages.length).toBe(1);
    expect(positions(resumed)).toEqual([head]);
    resumed.close();
  });

  it('sends the requested types, and skips the others', async () => {
    const tail = await openTail('?type=yubl-posted');
    await publish(20);
    const position = await server.publish(posts(objectId(1), objectId((made += 1), 5)));
    await expect.poll(() => tail.messages.length).toBe(1);
    expect(tail.messages[0]).toMatchObject({ id: position, event: { type: 'yubl-posted' } });
    tail.close();
  });

  it('is counted while it lasts', async () => {
    const tails = async () => Number(/^figtree_live_tails (\d+)$/m.exec((await server.get('/metrics')).text)?.[1]);
    await expect.poll(tails).toBe(0);
    const tail = await openTail();
    expect(await tails()).toBe(1);
    tail.close();
    await expect.poll(tails).toBe(0);
  });

  it('is refused from a position that the log has not come to, and begins at the one behind the newest event', async () => {
    const head = await publish(1);
    const refused = [
      await server.get(`/events/stream?from=${head + 2}`),
      await server.get('/events/stream', { 'last-event-id': String(head + 1) }),
      await server.get('/events/stream?from=1', { 'last-event-id': '999999' }),
      await server.get(`/events?from=${head + 2}`),
    ];
    for (const { status, headers, json } of refused) {
      expect([status, json.code, json.head]).toEqual([409, 'POSITION_BEYOND_HEAD', head]);
      expect(headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await server.get(`/events?from=${head + 1}`)).json).toEqual({ items: [], next: null });
    for (const [query, headers] of [
      [`?from=${head + 1}`, {}],
      ['', { 'last-event-id': String(head) }],
    ] as const) {
      const tail = await openTail(query, headers);
      const position = await publish(1);
      await expect.poll(() => tail.messages.at(-1)?.id).toBe(position);
      tail.close();
    }
  });

  it('is one of a hundred that a client may have open, and its place is free again once it has ended', async () => {
    const tails = await Promise.all(Array.from({ length: TAILS_PER_CREDENTIAL_MAX }, () => openTail()));
    const { status, headers, json } = await server.get('/events/stream');
    expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'TOO_MANY_TAILS', '10']);
    tails.pop()?.close();
    await expect.poll(async () => (await fetch(`${server.url}/events/stream`, { method: 'HEAD' })).status).toBe(200);
    const again = await openTail();
    for (const tail of [...tails, again]) tail.close();
  });

  it('answers HEAD and leaves nothing behind', async () => {
    const { status } = await fetch(`${server.url}/events/stream`, { method: 'HEAD' });
    expect(status).toBe(200);
    expect((await server.get('/metrics')).text).toMatch(/^figtree_live_tails 0$/m);
  });
});
