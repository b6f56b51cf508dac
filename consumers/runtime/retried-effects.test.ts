import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import { type Handle, on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';

const posted = (key: number) => sampleEvent({ key });
const leaving = (handle: Handle) => ({ ...on(handle), leavesSystem: true as const });

let bench: ProcessorBench;
beforeEach(() => void (bench = openProcessorBench()));
afterEach(() => bench.close());

const positions = () => bench.parked().map(({ position }) => position);

/** Parks one event of each of these keys, and starts again, without running yet. */
async function startWithParked(keys: readonly number[], consumer: ReturnType<typeof on>) {
  await bench.append(...keys.map(posted));
  const failing = bench.start({ a: on(() => Promise.reject(new Error('down'))) }, { attemptsMax: 1 });
  await bench.caughtUp();
  await failing.stop();
  expect(positions()).toHaveLength(keys.length);
  return bench.start({ a: consumer }, { idle: true });
}

type Started = Awaited<ReturnType<typeof startWithParked>>;

/** What handles the parked events again, until none is left or it was stopped. */
const ways: Readonly<Record<string, (started: Started) => Promise<unknown>>> = {
  'the processor retries': async ({ processor }) => {
    let ended = false;
    void processor.run().then(() => (ended = true));
    await vi.waitFor(() => expect(ended || positions().length === 0).toBe(true), { timeout: 60_000 });
  },
  'an operator redrives': async ({ processor }) => {
    const redriven = processor.redrive({ all: true }).catch(({ code }: { code: string }) => code);
    void processor.run();
    return await redriven;
  },
};

describe.each(Object.entries(ways))('parked events that %s', (_, again) => {
  it('are committed one by one if they leave the system', async () => {
    const left: number[][] = [];
    const started = await startWithParked(
      [1, 1, 2, 1],
      leaving(() => void left.push(positions())),
    );
    await again(started);
    expect(positions()).toEqual([]);
    expect(left.map(({ length }) => length)).toEqual([4, 3, 2, 1]);
  });

  it.each([
    ['stay in the system', on],
    ['leave the system', leaving],
  ])('do not delay a stop if they %s', async (_, consumer) => {
    let stopped: Promise<void> | undefined;
    const handle: Handle = (_event, write) => {
      write();
      stopped ??= started.processor.stop();
    };
    const started = await startWithParked([1, 1, 2, 2, 3], consumer(handle));
    const ended = await again(started);
    await stopped;
    expect([bench.effects().length, positions()]).toEqual([1, [2, 3, 4, 5]]);
    expect([undefined, 'SHUTTING_DOWN']).toContain(ended);
  });

  it('let new events have their turn between keys if they leave the system', async () => {
    const seen: string[] = [];
    const handle: Handle = async ({ partitionkey }) => {
      if (seen.push(partitionkey) === 1) await bench.append(posted(4));
    };
    await again(await startWithParked([1, 2, 3], leaving(handle)));
    expect(positions()).toEqual([]);
    expect(seen).toEqual([1, 4, 2, 3].map(idOf));
  });
});
