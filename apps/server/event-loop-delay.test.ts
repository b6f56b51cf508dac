import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { watchEventLoopDelay } from './event-loop-delay.ts';
import { openTestServer, type TestServer } from '../../testing/server/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

function hold(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

const NAME = 'figtree_event_loop_delay_max_seconds';
const delaySeconds = async () =>
  Number(new RegExp(`^${NAME} (.*)$`, 'm').exec((await server.get('/metrics')).text)?.[1]);

test('the longest hold of the event loop is a metric, and reading it resets nothing', async () => {
  await delaySeconds();
  await sleep(30);
  hold(200);
  await expect.poll(delaySeconds).toBeGreaterThan(0.15);
  const first = await delaySeconds();
  expect(await delaySeconds()).toBeGreaterThanOrEqual(first);
  expect((await server.get('/metrics')).text).toMatch(new RegExp(`^# HELP ${NAME} .*one to two minutes`, 'm'));
});

test('a hold counts in its window and in the next one', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const delay = watchEventLoopDelay(2000);
  await sleep(30);
  hold(200);
  await expect.poll(delay.maxSeconds).toBeGreaterThan(0.15);
  vi.advanceTimersByTime(2000);
  expect(delay.maxSeconds()).toBeGreaterThan(0.15);
  // Nothing is measured meanwhile: the event loop does not turn.
  vi.advanceTimersByTime(2000);
  expect(delay.maxSeconds()).toBe(0);
});
