import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { legacyApi } from './legacy-api.ts';
import { relationshipsParity } from './relationships.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serving(answer: (url: URL, response: ServerResponse, request: IncomingMessage) => unknown) {
  const server = createServer((request, response) => {
    const body = answer(new URL(request.url ?? '/', 'http://here'), response, request);
    if (!response.writableEnded) response.end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function asking(template: string, itemsMax = 1_000_000) {
  return legacyApi({ template, parity: relationshipsParity, itemsMax, firstPauseMs: 1, timeoutMs: 5000 });
}

const user = (number: number) => number.toString(16).padStart(24, '0');
type Page = { readonly items: readonly string[]; readonly next?: unknown };

/** Serves the pages in the order of the requests, then repeats the last one. */
async function followersOf(pageOf: (request: number, cursor: string | null) => Page, itemsMax?: number) {
  let requests = 0;
  const url = await serving(({ searchParams }) => pageOf(requests++, searchParams.get('cursor')));
  const answer = await asking(`${url}/{key}/followers`, itemsMax)('ann');
  return { answer, requests };
}

describe('a list in pages', () => {
  test.each<[string, (request: number, cursor: string | null) => Page, number]>([
    ['without support for cursors', () => ({ items: [user(1)], next: 'p2' }), 2],
    ['that returns to an earlier page', (request) => ({ items: [user(request)], next: `p${request % 3}` }), 4],
    ['that repeats its items under new cursors', (request) => ({ items: [user(1)], next: `p${request}` }), 11],
    ['of empty pages', (request) => ({ items: [], next: `p${request}` }), 10],
    ['that always has one more', (request) => ({ items: [user(request)], next: `p${request}` }), 2000],
    ['whose cursor grows', (request) => ({ items: [user(request)], next: 'p'.repeat(1500 * (request + 1)) }), 3],
    ['whose cursor is an object', () => ({ items: [user(1)], next: { page: 2 } }), 1],
  ])('%s is no answer, and ends', async (_, pageOf, requests) => {
    const asked = await followersOf(pageOf);
    expect(asked.answer).toEqual({ key: 'ann', error: expect.any(String) });
    expect(asked.requests).toBe(requests);
  });

  test('may have empty pages, pages that overlap, and numbers as cursors', async () => {
    const pages: Page[] = [
      { items: [], next: 1 },
      { items: [user(1), user(2)], next: 2 },
      { items: [user(2)], next: 3 },
      { items: [user(3)], next: null },
    ];
    const { answer } = await followersOf((_, cursor) => pages[Number(cursor ?? 0)] as Page);
    expect(answer).toMatchObject({ lists: { followers: [user(1), user(2), user(2), user(3)] } });
  });

  test('is read no further than it is compared', async () => {
    const asked = await followersOf((request) => ({ items: [user(request)], next: `p${request}` }), 5);
    expect(asked).toMatchObject({ requests: 5, answer: { lists: { followers: [0, 1, 2, 3, 4].map(user) } } });
  });

  test('is read completely, however it is split into pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 20 }), async (sizes) => {
        let count = 0;
        const pages = sizes.map((size) => Array.from({ length: size }, () => user(count++)));
        const { answer } = await followersOf((request) => {
          return { items: pages[request] ?? [], ...(request + 1 < pages.length && { next: `p${request}` }) };
        });
        const all = pages.flat();
        // Ten pages without new items count as a list that never ends.
        const stalls = sizes.slice(0, -1).join('').includes('0'.repeat(10));
        if (stalls) expect(answer).toHaveProperty('error');
        else expect(answer).toMatchObject({ lists: { followers: all } });
      }),
      { numRuns: randomRuns(30) },
    );
  });
});

describe('a key', () => {
  const template = (url: string) => `${url}/v1/users/{key}/followers?of={key}`;

  test.each(['.', '..', '%2e%2e', 'a/../../x', 'a?x=1#y', '@evil', '\\..\\', 'ä ö', '...', '.a', "it's!*()"])(
    '%j asks for nothing but itself',
    async (key) => {
      const seen: string[] = [];
      const url = await serving((asked) => {
        seen.push(asked.pathname);
        return { items: [] };
      });
      const answer = await asking(template(url))(key);
      if (key === '.' || key === '..') expect(answer).toEqual({ key, error: 'the key cannot be part of a path' });
      expect(seen).toEqual(key === '.' || key === '..' ? [] : [`/v1/users/${encodeURIComponent(key)}/followers`]);
    },
  );

  test('of any kind never reaches another path', async () => {
    const seen: string[] = [];
    const url = await serving((asked) => (seen.push(asked.pathname), { items: [] }));
    const parts = fc.array(fc.constantFrom('.', '/', '%', '2e', '2E', '\\', '?', '#', 'a', '\t', '\n', ' ', '\ud800'));
    await fc.assert(
      fc.asyncProperty(parts, async (signs) => {
        const key = signs.join('');
        seen.length = 0;
        await asking(template(url))(key);
        for (const path of seen) expect(path).toBe(`/v1/users/${encodeURIComponent(key)}/followers`);
      }),
    );
  });

  test('may be a dot where it is a part of a query or of a word', async () => {
    const url = await serving(({ searchParams, pathname }) => ({ items: [`${pathname} ${searchParams.get('q')}`] }));
    const answer = await asking(`${url}/followers/user-{key}?q={key}`)('..');
    expect(answer).toMatchObject({ lists: { followers: ['/followers/user-.. ..'] } });
  });

  test.each(['http://{key}/x', 'http://{key}.legacy.example/x', 'http://legacy.example/x#{key}'])(
    'is no part of %s',
    (wrong) => {
      expect(() => asking(wrong)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    },
  );
});

describe('an API that is busy', () => {
  /** Milliseconds between the first two requests, if the first one is answered with this header. */
  async function pauseAfter(header: () => string) {
    const asked: number[] = [];
    const url = await serving((_, response) => {
      asked.push(Date.now());
      if (asked.length === 1) response.writeHead(429, { 'retry-after': header() });
      return { items: [user(1)] };
    });
    const answer = await asking(`${url}/{key}/followers`)('ann');
    return { answer, requests: asked.length, pauseMs: (asked[1] ?? 0) - (asked[0] ?? 0), askedAgainAt: asked[1] ?? 0 };
  }

  test('retries at the date of the header, and not before', async () => {
    const until = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    const { answer, askedAgainAt } = await pauseAfter(() => new Date(until).toUTCString());
    expect(answer).toMatchObject({ lists: { followers: [user(1)] } });
    expect(askedAgainAt).toBeGreaterThanOrEqual(until);
  });

  test('retries after the seconds of the header', async () => {
    const { answer, pauseMs } = await pauseAfter(() => '1');
    expect(answer).toMatchObject({ lists: { followers: [user(1)] } });
    expect(pauseMs).toBeGreaterThanOrEqual(999);
  });

  test.each(['-1', 'soon', '', 'Sun, 06 Nov 1994 08:49:37 GMT'])('retries at once after %j', async (header) => {
    expect(await pauseAfter(() => header)).toMatchObject({ requests: 2, answer: { lists: { followers: [user(1)] } } });
  });

  test.each(['61', '99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'is not asked again if it wants to be left alone for longer than a minute: %j',
    async (header) => {
      expect(await pauseAfter(() => header)).toMatchObject({
        requests: 1,
        answer: { key: 'ann', error: expect.stringContaining('asks to wait') },
      });
    },
  );
});
