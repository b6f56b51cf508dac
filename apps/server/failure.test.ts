import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FigtreeError } from '../../events/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { openLogger } from '../logger.ts';
import { createApp } from './app.ts';
import { drawSite } from '../embedded/catalog/drawn-site.ts';
import { openTestServer, type TestServer } from '../../testing/server/test-server.ts';

// The real engine with one failing part, as with a broken disk or a bug of ours.

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

async function failingApp(part: (engine: Engine) => Partial<Engine>) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = openLogger({ level: 'info', destination });
  const engine = { ...server.engine, ...part(server.engine) };
  return { lines, app: await createApp({ engine, config: { auth: { publishKeys: [] } }, log, drawSite }) };
}

describe('when the engine fails', () => {
  it.each([
    ['STORAGE_FULL', 507, null],
    ['STORAGE_FAILED', 503, '5'],
  ] as const)('with %s, publishing is answered with %i and logged', async (code, status, retryAfter) => {
    const take = () => Promise.reject(new FigtreeError(code, 'No space left for /inside/log.db'));
    const { app, lines } = await failingApp(() => ({ ingest: { take } }));
    const answer = await app.request('/events', { method: 'POST', body: '[]' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await answer.clone().json()).toMatchObject({ code, status, retryable: true });
    expect(await answer.text()).not.toContain('inside');
    expect(lines).toMatchObject([{ level: 'error', msg: 'request failed', error: { code } }]);
  });

  it('with a mistake of ours, the client learns nothing of it, and the log everything', async () => {
    const status = () => Promise.reject(new TypeError('hidden.part is not a function'));
    const { app, lines } = await failingApp(() => ({ status }));
    const answer = await app.request('/status');
    expect(answer.status).toBe(500);
    expect(await answer.clone().json()).toMatchObject({ code: 'INTERNAL', type: 'urn:figtree:problem:internal' });
    expect(await answer.text()).not.toContain('hidden');
    expect(lines).toMatchObject([
      {
        level: 'error',
        requestId: answer.headers.get('x-request-id'),
        error: { message: 'hidden.part is not a function', stack: expect.stringContaining('failure.test') },
      },
    ]);
  });

  it('while a live tail is open, the tail is cut and not ended as if all had been said', async () => {
    const broken = () => Promise.reject(new FigtreeError('STORAGE_FAILED', 'cannot be read'));
    const { app, lines } = await failingApp(({ log }) => ({ log: { ...log, read: broken } }));
    const answer = await app.request('/events/stream');
    await expect(answer.text()).rejects.toThrow('cannot be read');
    expect(lines).toMatchObject([{ level: 'error', msg: 'live tail failed' }]);
  });

  it('and a projection has stopped, it says that it is degraded', async () => {
    const stopped = async () => {
      const { projections, ...rest } = await server.engine.status();
      return { ...rest, projections: projections.map((one) => ({ ...one, state: 'stopped' as const })) };
    };
    expect(await (await (await failingApp(() => ({ status: stopped }))).app.request('/health')).json()).toEqual({
      status: 'degraded',
    });
    expect((await server.get('/health')).json).toEqual({ status: 'ok' });
  });
});
