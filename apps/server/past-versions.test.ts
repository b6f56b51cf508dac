import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openTestServer, type TestServer } from '../../testing/server/test-server.ts';

// Subscribers over HTTP see one version, whatever was published.

const sample = readFileSync(join(import.meta.dirname, '../../samples/yubl-posted-versions.ndjson'), 'utf8');
const CURRENT = 'figtree:yubl-posted:2';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  const { json } = await server.post('/events', sample, { 'x-correlation-id': 'early' });
  expect(json).toMatchObject({ accepted: 19, quarantined: 0, position: 19 });
  await server.get('/status?after=19');
});
afterAll(() => server.close());

interface Yubl {
  readonly position: number;
  readonly dataschema: string;
  readonly data: Record<string, unknown>;
}

function expectCurrent(yubls: readonly Yubl[]): void {
  expect(yubls.map(({ position }) => position)).toEqual([8, 9, 11, 12, 13, 14, 16, 17, 18, 19]);
  for (const { dataschema, data } of yubls) {
    expect(dataschema).toBe(CURRENT);
    expect(Object.keys(data)).toEqual(['yublId', 'authorId', 'text', 'postedAt']);
    expect(data['postedAt']).toMatch(/^2013-05-01T09:\d\d:\d\d\.\d{3}Z$/);
  }
}

describe('events of past versions', () => {
  it('are current in the log, page by page', async () => {
    const found: Yubl[] = [];
    for (let query = 'limit=3'; query !== '';) {
      const { json } = await server.get(`/events?type=yubl-posted&${query}`);
      found.push(...json.items);
      query = json.next === null ? '' : `limit=3&cursor=${json.next}`;
    }
    expectCurrent(found);
  });

  it('are current in the live tail', async () => {
    const controller = new AbortController();
    const response = await fetch(`${server.url}/events/stream?type=yubl-posted&from=1`, { signal: controller.signal });
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('"position":19')) break;
    }
    controller.abort();
    expectCurrent([...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Yubl));
  });

  it('are current in the flow that they belong to', async () => {
    const { json } = await server.get('/traces/early?after=19');
    expect(json.events).toHaveLength(19);
    expectCurrent(json.events.filter((event: { type: string }) => event.type === 'yubl-posted'));
  });

  it('are described for those who publish, with the version that they have to state', async () => {
    const document = (await server.get('/openapi.json')).json;
    const schema = z.fromJSONSchema({
      $defs: document.components.schemas,
      ...JSON.parse(JSON.stringify(document.components.schemas.Event).replaceAll('#/components/schemas/', '#/$defs/')),
    });
    const takes = (event: unknown) => schema.safeParse(event).success;
    const lines = sample
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(takes)).toEqual(lines.map(() => true));
    const early = lines.find(({ dataschema }) => dataschema === 'figtree:yubl-posted:1');
    expect(takes({ ...early, dataschema: undefined })).toBe(false);
    expect(takes({ ...early, dataschema: CURRENT })).toBe(false);
  });
});
