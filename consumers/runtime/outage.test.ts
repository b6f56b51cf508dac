import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Handle, on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';

const posted = (key: number) => sampleEvent({ key });

describe('a processor whose surroundings fail', () => {
  let bench: ProcessorBench;
  beforeEach(() => void (bench = openProcessorBench()));
  afterEach(() => bench.close());

  test('does not blame events for an outage: it pauses, parks none, and continues once it is over', async () => {
    let out = true;
    const events = Array.from({ length: 300 }, (_, key) => posted(key));
    const bad = events[0];
    await bench.append(...events);
    const handle: Handle = (event, write) => {
      if (out || event.id === bad?.id) throw new Error('connection refused');
      write();
    };
    bench.start({ a: on(handle), b: on((_, write) => write()) }, { pauseMs: 1_000_000 });
    await vi.waitFor(() => expect(bench.progress().stopped).toBe(true), { timeout: 60_000 });
    expect(bench.checkpoint()).toBe(0);
    expect(bench.parked()).toEqual([]);
    const paused = () => bench.lines.filter(({ message }) => message.includes('fails at most events'));
    await vi.waitFor(() => expect(paused().length).toBeGreaterThan(1), { timeout: 60_000 });
    expect(paused().map(({ level, details }) => [level, details['consumer']])).toEqual([
      ['error', 'a'],
      ...paused()
        .slice(1)
        .map(() => ['debug', 'a']),
    ]);
    expect(bench.progress().pausedSinceMs).toBeGreaterThan(Date.now() - 60_000);
    // Work that was rolled back is not logged.
    expect(bench.lines.filter(({ message }) => message.startsWith('handler failed'))).toEqual([]);
    out = false;
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: false, parked: 1 }), { timeout: 60_000 });
    expect(bench.progress()).not.toHaveProperty('pausedSinceMs');
    expect(bench.lines.filter(({ message }) => message.includes('works again'))).toHaveLength(1);
    expect(bench.parked()).toMatchObject([{ position: 1, consumer: 'a' }]);
    expect(bench.effects()).toHaveLength(2 * 299);
  });

  test('tries again what was parked before an outage was seen as one, with all its attempts', async () => {
    let out = true;
    const handle: Handle = (_, write) => {
      if (out) throw new Error('connection refused');
      write();
    };
    bench.start({ a: on(handle) }, { attemptsMax: 1 });
    // One at a time, so that each is parked before the next one comes.
    for (let key = 0; key < 25; key += 1) {
      await bench.append(posted(key));
      if (key < 9) await bench.caughtUp();
    }
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: true, parked: 9 }), { timeout: 60_000 });
    out = false;
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ position: 25, parked: 0 }), { timeout: 60_000 });
    expect(bench.effects()).toHaveLength(25);
  });

  test('does not blame an event for a full disk: it pauses, logs that, and continues once there is space', async () => {
    const bad = posted(9);
    await bench.append(bad, posted(1));
    const fill = 'x'.repeat(50_000);
    let full = false;
    const handle: Handle = (event, write) => {
      if (event.id === bad.id && !full) throw new Error('fails while there is room');
      write(fill);
    };
    const running = bench.start({ a: on(handle) }, { attemptsMax: 100 });
    await bench.caughtUp();
    full = true;
    const makeRoom = running.fill();
    await bench.append(posted(2), posted(3));
    await vi.waitFor(() => expect(bench.progress().stopped).toBe(true), { timeout: 60_000 });
    expect(bench.checkpoint()).toBeLessThan(4);
    expect(bench.parked().map(({ position }) => position)).toEqual([1]);
    expect(bench.lines.find(({ message }) => message.includes('cannot continue'))?.details).toMatchObject({
      error: { code: 'STORAGE_FULL' },
    });
    makeRoom();
    await bench.caughtUp();
    await vi.waitFor(() => expect(bench.progress()).toMatchObject({ stopped: false, parked: 0 }), { timeout: 60_000 });
    expect(bench.effects()).toHaveLength(4);
  });
});
