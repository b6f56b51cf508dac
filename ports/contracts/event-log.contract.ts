import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import type { EventLogReader, ReadQuery } from '../event-log.ts';
import { expectAsTheModel, histories, type EventLogUnderTest } from './event-log-histories.ts';
import { idOf, sampleEvent } from './sample-events.ts';

export interface EventLogCapabilities {
  /** Appended events can be read immediately beside the writer. Otherwise `openReader` is refused with
   *  STORAGE_FAILED. */
  readonly readersBeside: boolean;
}

/** The behaviour of every event log. `open` returns an empty one. */
export function eventLogContract(open: () => Promise<EventLogUnderTest>, capabilities: EventLogCapabilities): void {
  describe('an event log', () => {
    let subject: EventLogUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());
    const current = () => subject;

    describe('appending', () => {
      appending(current);
    });
    describe('naming', () => {
      naming(current);
    });
    describe('reading', () => {
      reading(current);
    });
    describe('noticing', () => {
      noticing(current);
    });
    describe('filling', () => {
      filling(current, async () => (subject = await subject.reopen()));
    });
    readingBeside(current, capabilities);

    test('keeps everything when it is opened again', async () => {
      const events = [sampleEvent(), sampleEvent({ type: 'followed' }), sampleEvent({ type: 'user-left' })];
      await subject.log.append(events);
      const before = await everything(subject.log);
      subject = await subject.reopen();
      expect(await subject.log.head()).toBe(3);
      expect(await everything(subject.log)).toEqual(before);
      expect(await subject.log.append([...events, sampleEvent()])).toEqual([
        { outcome: 'duplicate', position: 1 },
        { outcome: 'duplicate', position: 2 },
        { outcome: 'duplicate', position: 3 },
        { outcome: 'appended', position: 4 },
      ]);
      const [first] = events;
      const other = { ...first, subject: idOf(99) } as EventEnvelope;
      expect(await subject.log.append([other])).toEqual([{ outcome: 'conflict', position: 1 }]);
    });

    test('does what the model does, whatever is asked of it in whatever order', async () => {
      const play = async (history: Parameters<typeof expectAsTheModel>[0]) => {
        await expectAsTheModel(history, open);
      };
      await expect(fc.assert(fc.asyncProperty(histories, play), { numRuns: randomRuns(25) })).resolves.toBeUndefined();
    });
  });
}

function appending(subject: () => EventLogUnderTest): void {
  test('assigns positions from 1 without gaps, in the given order', async () => {
    const { log } = subject();
    expect(await log.head()).toBe(0);
    const events = [sampleEvent(), sampleEvent(), sampleEvent()];
    expect(await log.append(events.slice(0, 2))).toEqual([
      { outcome: 'appended', position: 1 },
      { outcome: 'appended', position: 2 },
    ]);
    expect(await log.append(events.slice(2))).toEqual([{ outcome: 'appended', position: 3 }]);
    expect(await log.head()).toBe(3);
    expect(await everything(log)).toMatchObject(events.map(({ id }, index) => ({ id, position: index + 1 })));
  });

  test('takes an empty call', async () => {
    expect(await subject().log.append([])).toEqual([]);
    expect(await subject().log.head()).toBe(0);
  });

  test('keeps the order of calls that come together', async () => {
    const calls = Array.from({ length: 20 }, () => [sampleEvent(), sampleEvent()]);
    const outcomes = await Promise.all(calls.map((call) => subject().log.append(call)));
    expect(outcomes.flat().map(({ position }) => position)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    expect((await everything(subject().log)).map(({ id }) => id)).toEqual(calls.flat().map(({ id }) => id));
  });

  test('returns all of an event, and when it was recorded', async () => {
    const event = sampleEvent(
      { type: 'followed', key: 3 },
      {
        id: 'id "with" \'quotes\' ✓ 𝄞',
        source: 'urn:other?a=b',
        correlationid: 'the flow',
        causationid: 'the cause',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        baggage: 'user-id=1,debug-log-enabled=true',
        producerid: 'p',
        producerseq: '17',
      },
    );
    const text = 'a\u0000b\ud800c ✓ 𝄞 \\ " \n';
    const strange = sampleEvent(
      {},
      {
        data: { yublId: idOf(1), authorId: idOf(2), text, postedAt: event.time },
      },
    );
    const earliest = new Date().toISOString();
    await subject().log.append([event, strange]);
    const latest = new Date().toISOString();
    const found = await everything(subject().log);
    expect(found).toEqual([
      { ...event, position: 1, recordedtime: found[0]?.recordedtime },
      { ...strange, position: 2, recordedtime: found[1]?.recordedtime },
    ]);
    for (const { recordedtime } of found) {
      expect(recordedtime >= earliest && recordedtime <= latest, recordedtime).toBe(true);
    }
  });
}

function naming(subject: () => EventLogUnderTest): void {
  test('takes an event once, however often and under whatever request it comes', async () => {
    const event = sampleEvent();
    const again = { ...event, time: '2020-01-01T00:00:00.000Z', correlationid: 'other', baggage: 'a=b' };
    await subject().log.append([sampleEvent(), event]);
    const duplicate = { outcome: 'duplicate', position: 2 };
    expect(await subject().log.append([again, event])).toEqual([duplicate, duplicate]);
    const found = await everything(subject().log);
    expect(found).toHaveLength(2);
    expect(found[1]).toMatchObject(event);
  });

  test('takes it once within one call and from calls that come together', async () => {
    const { log } = subject();
    const [one, two] = [sampleEvent(), sampleEvent()];
    const outcomes = await Promise.all([log.append([one, one]), log.append([two, one]), log.append([two])]);
    expect(outcomes).toEqual([
      [
        { outcome: 'appended', position: 1 },
        { outcome: 'duplicate', position: 1 },
      ],
      [
        { outcome: 'appended', position: 2 },
        { outcome: 'duplicate', position: 1 },
      ],
      [{ outcome: 'duplicate', position: 2 }],
    ]);
    expect(await log.head()).toBe(2);
  });

  const first = sampleEvent({ key: 1, variant: 1 });
  const name = { id: first.id, source: first.source, correlationid: first.id };
  const others: [string, EventEnvelope][] = [
    ['data', sampleEvent({ key: 1, variant: 2 }, name)],
    ['type', sampleEvent({ key: 1, type: 'yubl-deleted' }, { ...name, data: first.data } as object)],
    ['partition key', { ...first, partitionkey: idOf(2) }],
    ['subject', { ...first, subject: idOf(2) }],
  ];
  test.each(others)('refuses another event under the same name: other %s', async (_, other) => {
    const { log } = subject();
    const conflict = { outcome: 'conflict', position: 2 };
    await log.append([sampleEvent(), first]);
    const outcomes = await log.append([sampleEvent(), other, sampleEvent()]);
    expect(outcomes).toEqual([{ outcome: 'appended', position: 3 }, conflict, { outcome: 'appended', position: 4 }]);
    expect(await log.append([other])).toEqual([conflict]);
    expect((await everything(log))[1]).toMatchObject(first);
  });

  test('refuses it within one call, and from calls that come together', async () => {
    const [, other] = others[0] ?? [];
    if (other === undefined) throw new Error('no sample');
    const conflict = { outcome: 'conflict', position: 1 };
    const { log } = subject();
    expect(await Promise.all([log.append([first, other]), log.append([other])])).toEqual([
      [{ outcome: 'appended', position: 1 }, conflict],
      [conflict],
    ]);
  });

  test('takes the same id of another source', async () => {
    const event = sampleEvent();
    const other = { ...event, source: 'urn:other' };
    await subject().log.append([event, other]);
    expect((await everything(subject().log)).map(({ source }) => source)).toEqual([event.source, other.source]);
  });
}

function reading(subject: () => EventLogUnderTest): void {
  const events = [
    sampleEvent({ type: 'user-joined', key: 1 }),
    sampleEvent({ type: 'followed', key: 1 }),
    sampleEvent({ type: 'yubl-posted', key: 2 }),
    sampleEvent({ type: 'followed', key: 2 }),
    sampleEvent({ type: 'yubl-posted', key: 2 }),
    sampleEvent({ type: 'user-left', key: 1 }),
  ];
  beforeEach(async () => void (await subject().log.append(events)));

  const cases: [string, Partial<ReadQuery>, number[]][] = [
    ['from the start', {}, [1, 2, 3, 4, 5, 6]],
    ['behind a position', { after: 4 }, [5, 6]],
    ['behind the head', { after: 6 }, []],
    ['of a type', { types: ['followed'] }, [2, 4]],
    ['of several types', { types: ['yubl-posted', 'user-left'], after: 3 }, [5, 6]],
    ['of a type that nothing has had yet', { types: ['unfollowed'] }, []],
    ['of a type, and one that nothing has had yet', { types: ['unfollowed', 'user-joined'] }, [1]],
    ['of no type', { types: [] }, []],
    ['of a key', { key: idOf(2) }, [3, 4, 5]],
    ['of a key and a type', { key: idOf(2), types: ['followed'] }, [4]],
    ['of a key and several types', { key: idOf(1), types: ['followed', 'user-left'] }, [2, 6]],
    ['of a key that nothing has', { key: idOf(3) }, []],
  ];
  test.each(cases)('reads %s, in pages of any size', async (_, query, expected) => {
    for (const limit of [1, 2, 3, 100]) {
      const pages = await pagesOf(subject().log, { after: 0, ...query, limit });
      expect(pages.flat().map(({ position }) => position)).toEqual(expected);
      expect(pages.every((page) => page.length <= limit)).toBe(true);
    }
  });

  test('returns nothing and does not advance if nothing is requested', async () => {
    expect(await subject().log.read({ after: 2, limit: 0 })).toEqual({ events: [], position: 2 });
  });

  test('finds what is rare among many others, whole pages of it and in order', async () => {
    const { log } = subject();
    const many = Array.from({ length: 5000 }, (_, index) => sampleEvent({ type: 'yubl-posted', key: 1000 + index }));
    const rare = { 1200: 'user-joined', 2500: 'unfollowed', 2501: 'user-joined', 4999: 'unfollowed' } as const;
    await log.append(many.map((event, index) => (index in rare ? sampleEvent({ type: rare[index as 1200] }) : event)));
    const asked = { after: 6, types: ['unfollowed', 'user-joined'] as const };
    const all = await log.read({ ...asked, limit: 10 });
    expect(all.events.map(({ position }) => position - 7)).toEqual(Object.keys(rare).map(Number));
    expect(all.position).toBe(5006);
    const pages = await pagesOf(log, { ...asked, limit: 3 });
    expect(pages.map((page) => page.map(({ position }) => position - 7))).toEqual([[1200, 2500, 2501], [4999]]);
  });

  test('returns no more large events together than fit in memory, and all of them page by page', async () => {
    const { log } = subject();
    const text = '\u0416'.repeat(65_536);
    const large = Array.from({ length: 300 }, (_, key) => {
      const event = sampleEvent({ key });
      return { ...event, data: { ...event.data, text } } as EventEnvelope;
    });
    await log.append(large);
    const pages = await pagesOf(log, { after: 0, limit: 1000, types: ['yubl-posted'] });
    expect(pages.flat().map(({ id }) => id)).toEqual([events[2], events[4], ...large].map((event) => event?.id));
    const sizes = pages.map((page) => page.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0));
    expect(Math.max(...sizes)).toBeLessThan(16_000_000);
  });

  test('moves the position over what is not wanted, and no further than the head', async () => {
    const { log } = subject();
    expect(await log.read({ after: 0, limit: 10, types: ['unfollowed'] })).toEqual({ events: [], position: 6 });
    expect((await log.read({ after: 0, limit: 10, types: ['followed'] })).position).toBe(6);
    const full = await log.read({ after: 0, limit: 2, types: ['followed'] });
    expect(full.position).toBeGreaterThanOrEqual(4);
    expect((await log.read({ after: 6, limit: 10 })).position).toBe(6);
  });

  test('returns a flow in order, from its first event on', async () => {
    const { log } = subject();
    const [first, stranger] = [sampleEvent(), sampleEvent()];
    const followers = [1, 2, 3].map((key) => sampleEvent({ key }, { correlationid: first.id, causationid: first.id }));
    const [namesake] = [sampleEvent({}, { id: first.id, source: 'urn:other', correlationid: 'another flow' })];
    if (namesake === undefined) throw new Error('no sample');
    await log.append([first, stranger, ...followers, namesake]);
    const ids = async (limit: number) => (await log.readFlow(first.id, limit)).map(({ position }) => position);
    expect(await ids(100)).toEqual([7, 9, 10, 11]);
    expect(await ids(2)).toEqual([7, 9]);
    expect(await log.readFlow('no flow', 10)).toEqual([]);
  });

  test('returns a flow whose first event came from elsewhere', async () => {
    const { log } = subject();
    await log.append([2, 1].map((key) => sampleEvent({ key }, { correlationid: 'request-1' })));
    expect((await log.readFlow('request-1', 10)).map(({ partitionkey }) => partitionkey)).toEqual([idOf(2), idOf(1)]);
  });
}

function noticing(subject: () => EventLogUnderTest): void {
  test('announces each commit once it can be read', async () => {
    const { log } = subject();
    const heads: number[] = [];
    const readable: Promise<number>[] = [];
    log.onAppended((head) => {
      heads.push(head);
      readable.push(log.head());
    });
    await log.append([sampleEvent(), sampleEvent()]);
    expect(heads).toEqual([2]);
    await Promise.all([log.append([sampleEvent()]), log.append([sampleEvent()])]);
    expect(heads.at(-1)).toBe(4);
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
    expect((await Promise.all(readable)).every((head, index) => head >= (heads[index] ?? Infinity))).toBe(true);
  });

  test('announces nothing when nothing is new', async () => {
    const { log } = subject();
    const event = sampleEvent();
    await log.append([event]);
    const heads: number[] = [];
    log.onAppended((head) => heads.push(head));
    await log.append([event]);
    await log.append([]);
    expect(heads).toEqual([]);
  });

  test('announces nothing more to a listener that unsubscribed', async () => {
    const { log } = subject();
    const [ended, going]: [number[], number[]] = [[], []];
    const end = log.onAppended((head) => ended.push(head));
    log.onAppended((head) => going.push(head));
    await log.append([sampleEvent()]);
    end();
    await log.append([sampleEvent()]);
    expect({ ended, going }).toEqual({ ended: [1], going: [1, 2] });
  });
}

function filling(subject: () => EventLogUnderTest, reopen: () => Promise<EventLogUnderTest>): void {
  test('takes nothing of a call for which there is no space, and continues once there is', async () => {
    const { log } = subject();
    const kept = [sampleEvent(), sampleEvent()];
    const refused = Array.from({ length: 500 }, () => sampleEvent({ type: 'followed' }, { source: 'urn:a new one' }));
    await log.append(kept);
    const heads: number[] = [];
    log.onAppended((head) => heads.push(head));
    const makeRoom = subject().fill();
    await expect(log.append(refused)).rejects.toMatchObject({ code: 'STORAGE_FULL', retryable: true });
    expect(await log.head()).toBe(2);
    expect((await everything(log)).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
    expect(heads).toEqual([]);
    makeRoom();
    const other = sampleEvent({ type: 'user-left' }, { source: 'urn:another new one' });
    expect(await log.append([other])).toEqual([{ outcome: 'appended', position: 3 }]);
    const outcomes = await log.append(refused);
    expect(outcomes.map(({ position }) => position)).toEqual(refused.map((_, index) => index + 4));
    const again = await reopen();
    expect(await everything(again.log)).toMatchObject([...kept, other, ...refused]);
  });
}

function readingBeside(subject: () => EventLogUnderTest, { readersBeside }: EventLogCapabilities): void {
  test('is read beside its writer, also for a type that is new', async (context) => {
    context.skip(!readersBeside, 'this engine has no readers beside its writer');
    const { log } = subject();
    const reader = await subject().openReader();
    const wanted = async () => (await reader.read({ after: 0, limit: 10, types: ['followed'] })).events.length;
    expect(await wanted()).toBe(0);
    await log.append([sampleEvent(), sampleEvent({ type: 'followed' }, { source: 'urn:new' })]);
    expect(await wanted()).toBe(1);
    expect(await everything(reader)).toEqual(await everything(log));
    await reader.close();
    await log.append([sampleEvent()]);
    expect(await log.head()).toBe(3);
  });

  test('refuses a reader beside its writer', async (context) => {
    context.skip(readersBeside, 'this engine has readers beside its writer');
    await expect(subject().openReader()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });
}

async function everything(log: EventLogReader): Promise<RecordedEvent[]> {
  return (await pagesOf(log, { after: 0, limit: 1_000_000 })).flat();
}

/** All pages to the end of the log. Throws if one of them makes no progress. */
async function pagesOf(log: EventLogReader, query: ReadQuery): Promise<RecordedEvent[][]> {
  const head = await log.head();
  const pages: RecordedEvent[][] = [];
  for (let { after } = query; ;) {
    const { events, position } = await log.read({ ...query, after });
    if (position === after) return pages;
    expect(position).toBeGreaterThan(after);
    expect(position).toBeLessThanOrEqual(head);
    pages.push(events);
    after = position;
  }
}
