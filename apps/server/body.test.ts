import { afterEach, describe, expect, it, vi } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { BODY_BYTES_MAX, openBodyReader } from './body.ts';

const url = 'http://localhost/events';

function chunked(chunks: Iterable<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request(url, {
    method: 'POST',
    body: ReadableStream.from(chunks),
    duplex: 'half',
    headers,
  });
}

function whole(bytes: number, declared = bytes): Request {
  const headers = { 'content-length': String(declared) };
  return new Request(url, { method: 'POST', body: new Uint8Array(bytes), headers });
}

const lengthOf = (body: Uint8Array) => Promise.resolve(body.length);

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return isFigtreeError(error) ? error.code : String(error);
  }
}

describe('a request body', () => {
  it.each([0, 1, 64 * 1024, 64 * 1024 + 1, BODY_BYTES_MAX])(
    'of %i bytes is read, declared or in chunks',
    async (bytes) => {
      const reader = openBodyReader();
      expect(await reader.withBody(whole(bytes), lengthOf)).toBe(bytes);
      expect(await reader.withBody(chunked([new Uint8Array(bytes)]), lengthOf)).toBe(bytes);
    },
  );

  it('comes together from its chunks', async () => {
    const text = 'Grüße 🌳 '.repeat(1000);
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
      bytes.subarray(index * 7, index * 7 + 7),
    );
    const read = await openBodyReader().withBody(chunked(pieces), async (body) => Buffer.from(body).toString());
    expect(read).toBe(text);
  });

  it('that is declared too large is refused unread', async () => {
    const request = whole(3, BODY_BYTES_MAX + 1);
    let ran = false;
    const refused = openBodyReader().withBody(request, async () => (ran = true));
    expect(await codeOf(refused)).toBe('BODY_TOO_LARGE');
    expect(request.bodyUsed).toBe(false);
    expect(ran).toBe(false);
  });

  it('that does not say its length is refused once it is too large, and the rest stays unread', async () => {
    let sent = 0;
    function* endless() {
      for (;;) {
        sent += 1024 * 1024;
        yield new Uint8Array(1024 * 1024);
      }
    }
    let ran = false;
    expect(await codeOf(openBodyReader().withBody(chunked(endless()), async () => (ran = true)))).toBe(
      'BODY_TOO_LARGE',
    );
    expect(ran).toBe(false);
    expect(sent).toBeLessThan(BODY_BYTES_MAX + 4 * 1024 * 1024);
  });

  it('is not trusted in its content-length where it comes in chunks', async () => {
    const liar = chunked([new Uint8Array(BODY_BYTES_MAX), new Uint8Array(1)], {
      'content-length': '5',
      'transfer-encoding': 'chunked',
    });
    expect(await codeOf(openBodyReader().withBody(liar, lengthOf))).toBe('BODY_TOO_LARGE');
  });

  it('that is compressed is refused', async () => {
    const request = chunked([new Uint8Array(3)], { 'content-encoding': 'gzip' });
    expect(await codeOf(openBodyReader().withBody(request, lengthOf))).toBe('REQUEST_INVALID');
  });
});

describe('a body that stops coming', () => {
  afterEach(() => void vi.useRealTimers());

  /** Yields pushed chunks as long as the test runs. */
  function stalling(bytes: number) {
    let push: (bytes: number) => void = () => {};
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (more) => controller.enqueue(new Uint8Array(more));
        push(bytes);
      },
      cancel: () => void (cancelled = true),
    });
    const request = new Request(url, { method: 'POST', body, duplex: 'half' });
    return { request, push: (more: number) => push(more), cancelled: () => cancelled };
  }
  const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });

  it.each([1, 1024 * 1024])('after %i bytes is ended, and its room is free again', async (bytes) => {
    fakeTimers();
    const reader = openBodyReader();
    const { request, cancelled } = stalling(bytes);
    const refused = codeOf(reader.withBody(request, lengthOf));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refused).toBe('BODY_TOO_SLOW');
    expect(cancelled()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    const all = Array.from({ length: 8 }, () => reader.withBody(whole(BODY_BYTES_MAX), lengthOf));
    expect(new Set(await Promise.all(all))).toEqual(new Set([BODY_BYTES_MAX]));
  });

  it('is ended as well if it comes by drops, and not if it comes slowly', async () => {
    fakeTimers();
    const bytesPerSecond = async (bytes: number) => {
      const { request, push } = stalling(100_000);
      let code: string | undefined = 'running';
      void codeOf(openBodyReader().withBody(request, lengthOf)).then((ended) => (code = ended));
      for (let second = 0; second < 30 && code === 'running'; second += 1) {
        await vi.advanceTimersByTimeAsync(1000);
        if (code === 'running') push(bytes);
      }
      return code;
    };
    expect(await bytesPerSecond(100)).toBe('BODY_TOO_SLOW');
    expect(await bytesPerSecond(20_000)).toBe('running');
  });

  it('is not ended at the pace that is promised, from its first byte on', async () => {
    fakeTimers();
    const window = 64 * 1024;
    const { request, push, cancelled } = stalling(window);
    void codeOf(openBodyReader().withBody(request, lengthOf));
    for (let windows = 0; windows < 5; windows += 1) {
      await vi.advanceTimersByTimeAsync(9_900);
      push(window);
    }
    await vi.advanceTimersByTimeAsync(9_900);
    expect(cancelled()).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(cancelled()).toBe(true);
  });

  it('takes nothing from others meanwhile but for what it has sent', async () => {
    const reader = openBodyReader();
    const stalled = Array.from({ length: 20 }, () => stalling(1));
    const gone = stalled.map(({ request }) => codeOf(reader.withBody(request, lengthOf)));
    expect(await reader.withBody(chunked([new Uint8Array(BODY_BYTES_MAX)]), lengthOf)).toBe(BODY_BYTES_MAX);
    for (const { push } of stalled) push(BODY_BYTES_MAX);
    expect(await Promise.all(gone)).toEqual(stalled.map(() => 'BODY_TOO_LARGE'));
  });
});

describe('large bodies together', () => {
  it('wait for room, in their order, while small ones pass', async () => {
    const reader = openBodyReader();
    const begun: number[] = [];
    const gates = Array.from({ length: 10 }, () => Promise.withResolvers<void>());
    const all = gates.map((gate, index) =>
      reader.withBody(whole(BODY_BYTES_MAX), async () => {
        begun.push(index);
        await gate.promise;
      }),
    );
    await expect.poll(() => begun.length).toBe(8);
    expect(await reader.withBody(whole(10), lengthOf)).toBe(10);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    gates[3]?.resolve();
    await expect.poll(() => begun.length).toBe(9);
    expect(begun.at(-1)).toBe(8);
    for (const gate of gates) gate.resolve();
    await Promise.all(all);
    expect(begun.at(-1)).toBe(9);
  });

  it('give their room back when they fail', async () => {
    const reader = openBodyReader();
    const failing = Array.from({ length: 20 }, () =>
      codeOf(reader.withBody(whole(BODY_BYTES_MAX), () => Promise.reject(new Error('broken')))),
    );
    expect(new Set(await Promise.all(failing))).toEqual(new Set(['Error: broken']));
    expect(await reader.withBody(whole(BODY_BYTES_MAX), lengthOf)).toBe(BODY_BYTES_MAX);
  });
});
