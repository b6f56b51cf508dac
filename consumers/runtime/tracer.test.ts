import { catalogPersonalWords } from './catalog-personal-words.ts';
import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../events/envelope.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { Log, Note } from './consumer.ts';
import { inTransactionFanOut } from './in-transaction-fan-out.ts';
import { createTracer } from './tracer.ts';

function openTracer() {
  const lines: [string, string, Note][] = [];
  const collect = (level: string) => (details: Note, message: string) => void lines.push([level, message, details]);
  const log: Log = { debug: collect('debug'), info: collect('info'), warn: collect('warn'), error: collect('error') };
  return { tracer: createTracer(log, catalogPersonalWords()), lines };
}

function recorded(position: number, correlationid = 'flow'): RecordedEvent {
  const event = sampleEvent({}, { correlationid });
  return Object.assign(event, { position, recordedtime: '2016-02-22T07:02:00.000Z' });
}

describe('a tracer', () => {
  test('notes who handled what, from when and for how long', async () => {
    const { tracer } = openTracer();
    tracer.begin(recorded(3), true);
    const earliest = new Date().toISOString();
    await tracer.run('a', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { followers: 2 };
    });
    const [step, ...others] = tracer.take();
    expect(others).toEqual([]);
    expect(step).toMatchObject({ correlationid: 'flow', position: 3, consumer: 'a', note: { followers: 2 } });
    expect(step?.durationUs).toBeGreaterThanOrEqual(18_000);
    expect(step !== undefined && step.at >= earliest && step.at <= new Date().toISOString()).toBe(true);
    expect(tracer.take()).toEqual([]);
  });

  test('puts what a consumer causes behind it', async () => {
    const { tracer } = openTracer();
    const fanOut = inTransactionFanOut(
      { name: 'inner', handle: ({ followers }) => ({ feeds: followers.size }) },
      tracer,
    );
    const yubl = { yublId: 'y', authorId: 'a', sequence: '1' };
    tracer.begin(recorded(3), true);
    await tracer.run('outer', async () => {
      await fanOut.send({ yubl, followers: { size: 5 } });
      await fanOut.send({ yubl, followers: { size: 2 } });
    });
    expect(tracer.take().map(({ consumer, note }) => [consumer, note])).toEqual([
      ['outer', undefined],
      ['inner', { feeds: 5 }],
      ['inner', { feeds: 2 }],
    ]);
  });

  test('runs what is not traced all the same, and notes nothing', async () => {
    const { tracer, lines } = openTracer();
    let runs = 0;
    tracer.begin(recorded(1), false);
    await tracer.run('a', () => void (runs += 1));
    await tracer.run('b', async () => void (runs += 1));
    expect([runs, tracer.take(), lines]).toEqual([2, [], []]);
  });

  test('logs flows of requests at info, and others at debug', async () => {
    const { tracer, lines } = openTracer();
    const fresh = recorded(2);
    const events = [recorded(1), Object.assign(fresh, { correlationid: fresh.id })];
    for (const event of events) {
      tracer.begin(event, true);
      await tracer.run('a', () => ({ followers: 1 }));
    }
    expect(lines).toMatchObject([
      ['info', 'handled', { consumer: 'a', event: events[0]?.id, type: 'yubl-posted', position: 1, followers: 1 }],
      ['debug', 'handled', { event: events[1]?.id }],
    ]);
  });

  test('forgets the steps of the event that was undone, or all of them', async () => {
    const { tracer } = openTracer();
    const handle = async (position: number) => {
      tracer.begin(recorded(position), true);
      await tracer.run('a', () => {});
    };
    await handle(1);
    await handle(2);
    const failing = tracer.run('b', () => Promise.reject(new Error('it fails')));
    await expect(failing).rejects.toThrow('it fails');
    tracer.undo();
    await handle(3);
    expect(tracer.take().map(({ position }) => position)).toEqual([1, 3]);
    tracer.undo();
    await handle(4);
    tracer.discard();
    tracer.undo();
    expect(tracer.take()).toEqual([]);
  });
});
