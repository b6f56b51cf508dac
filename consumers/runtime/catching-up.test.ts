import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Handle, on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';

const posted = (key: number) => sampleEvent({ key });

describe('catching up', () => {
  let bench: ProcessorBench;
  let bad: Set<number>;
  const handle: Handle = ({ position }, write) => {
    if (bad.has(position)) throw new Error(`${position} fails`);
    write();
  };
  beforeEach(async () => {
    bench = openProcessorBench();
    bad = new Set();
    await bench.append(...[1, 2, 3, 1, 2, 3].map(posted));
  });
  afterEach(() => bench.close());

  test('applies up to a position and no further', async () => {
    const { processor } = bench.start({ a: on(handle) }, { idle: true });
    await processor.catchUp(4);
    expect([bench.checkpoint(), bench.effects()]).toEqual([4, expect.objectContaining({ length: 4 })]);
    await processor.catchUp(6);
    expect([bench.checkpoint(), bench.effects()]).toEqual([6, expect.objectContaining({ length: 6 })]);
  });

  test('that stops at errors rejects with the failure, parks nothing, and continues at the next call', async () => {
    bad.add(3);
    const { processor } = bench.start({ a: on(handle) }, { idle: true, onError: 'stop' });
    for (let calls = 0; calls < 2; calls += 1) {
      await expect(processor.catchUp(6)).rejects.toMatchObject({
        consumer: 'a',
        event: { position: 3, partitionkey: idOf(3) },
        cause: { message: '3 fails' },
      });
      expect([bench.parked(), bench.effects()]).toEqual([[], []]);
    }
    await processor.catchUp(2);
    expect(bench.checkpoint()).toBe(2);
    bad.clear();
    await processor.catchUp(6);
    expect(bench.effects()).toHaveLength(6);
  });

  test('that parks goes over what fails', async () => {
    bad.add(3);
    const { processor } = bench.start({ a: on(handle) }, { idle: true, pauseMs: 1_000_000 });
    await processor.catchUp(6);
    expect(bench.checkpoint()).toBe(6);
    expect(bench.parked().map(({ position }) => position)).toEqual([3, 6]);
    expect(bench.effects()).toHaveLength(4);
  });

  test('that parks rejects when most of it fails, and parks none of that', async () => {
    await bench.append(...Array.from({ length: 50 }, (_, key) => posted(10 + key)));
    for (let position = 7; position <= 56; position += 1) bad.add(position);
    const { processor } = bench.start({ a: on(handle) }, { idle: true, pauseMs: 1_000_000 });
    await expect(processor.catchUp(56)).rejects.toMatchObject({ consumer: 'a' });
    expect(bench.parked()).toEqual([]);
    bad.clear();
    await processor.catchUp(56);
    expect(bench.effects()).toHaveLength(56);
  });

  test('reads nothing beyond its ceiling', async () => {
    const seen: number[] = [];
    let ceiling = 2;
    const spy: Handle = ({ position }) => void seen.push(position);
    const { processor } = bench.start({ a: on(spy) }, { idle: true, ceiling: () => ceiling });
    const caughtUp = processor.catchUp(6);
    await expect.poll(() => seen).toEqual([1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([1, 2]);
    ceiling = 6;
    await caughtUp;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
