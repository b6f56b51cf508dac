import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { ArchivedRecord, ArchivePlace, EventArchive, TimeRange } from '../event-archive.ts';

export interface EventArchiveUnderTest {
  readonly archive: EventArchive;
  /** The archive as another process sees it. */
  open(): EventArchive;
  /** The names of all stored objects, in order. */
  names(): Promise<string[]>;
  /** Replaces an object; undefined removes it. */
  replace(name: string, bytes: Uint8Array | undefined): Promise<void>;
  bytes(name: string): Promise<Uint8Array>;
  remove(): Promise<void>;
}

const ALWAYS: TimeRange = { from: '0000-01-01T00:00:00.000Z', to: '9999-01-01T00:00:00.000Z' };
const START_MS = Date.parse('2016-02-22T22:50:00.000Z');
const encoded = (text: string) => new TextEncoder().encode(text);

/** The n-th record of a shard; ten of them a minute. */
function recordOf(shard: number, number: number, text = `{"id":"${shard}-${number}"}`): ArchivedRecord {
  return {
    shardId: `shardId-${String(shard).padStart(12, '0')}`,
    seq: String(49_590_338_271_490_256_608_559_692_538n * 10n ** 20n + BigInt(number)),
    arrivedAt: new Date(START_MS + number * 6000).toISOString(),
    partitionKey: `key "${number % 3}"`,
    data: encoded(text),
  };
}

const shardOf = (shard: number, count: number) => Array.from({ length: count }, (_, number) => recordOf(shard, number));

async function recordsIn(archive: EventArchive, range = ALWAYS, after?: ArchivePlace): Promise<ArchivedRecord[]> {
  const found: ArchivedRecord[] = [];
  for await (const { records, place } of archive.read(range, after)) {
    expect(records.length).toBeGreaterThan(0);
    expect(place.seq).toBe(records.at(-1)?.seq);
    found.push(...records);
  }
  return found.map((record) => ({ ...record, data: Uint8Array.from(record.data) }));
}

/** The expected records, in order, without objects or hours. */
function inOrder(records: readonly ArchivedRecord[]): ArchivedRecord[] {
  const key = ({ arrivedAt, shardId, seq }: ArchivedRecord) => `${arrivedAt.slice(0, 13)} ${shardId} ${seq}`;
  const byKey = new Map(records.map((record) => [key(record), record]));
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

// What functions receive: ranges of shards, which may be delivered again with other bounds, to as many concurrent
// functions per shard as the mapping says. The mapping may change, but not soon afterwards.
const stretches = fc
  .record({ shard: fc.nat({ max: 2 }), from: fc.nat({ max: 120 }), length: fc.integer({ min: 1, max: 40 }) })
  .chain((stretch) => fc.integer({ min: 1, max: 3 }).map((functions) => ({ ...stretch, functions })));
const deliveries = fc
  .tuple(fc.array(stretches, { minLength: 1, maxLength: 6 }), fc.option(fc.nat({ max: 4 }), { nil: undefined }))
  .map(([given, closing]) => ({
    closing,
    given: given.map((stretch) => ({ ...stretch, functions: closing === undefined ? stretch.functions : 2 })),
  }));

/** The behaviour of every archive of events. `open` returns an empty one. */
export function eventArchiveContract(open: () => Promise<EventArchiveUnderTest>, runs = randomRuns(10)): void {
  describe('an archive of events', () => {
    let subject: EventArchiveUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());

    test('begins without anything', async () => {
      expect(await subject.archive.hours(ALWAYS)).toEqual([]);
      expect(await recordsIn(subject.archive)).toEqual([]);
      expect(await subject.archive.closeHour('2016-02-22T23')).toBeUndefined();
      await subject.archive.put([]);
      expect(await subject.names()).toEqual([]);
    });

    test('returns every record once and in order, in whichever batches it came and however often', async () => {
      expect.hasAssertions();
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ given, closing }) => {
          const fresh = await open();
          try {
            const all: ArchivedRecord[] = [];
            for (const [index, { shard, from, length, functions }] of given.entries()) {
              const stretch = Array.from({ length }, (_, number) => recordOf(shard, from + number));
              const batches = Map.groupBy(stretch, ({ seq }) => BigInt(seq) % BigInt(functions));
              await Promise.all([...batches.values()].map((batch) => fresh.archive.put(batch)));
              all.push(...stretch);
              if (closing === index) await fresh.open().closeHour('2016-02-22T22');
            }
            const expected = inOrder(all);
            expect(await recordsIn(fresh.open())).toEqual(expected);
            const middle = expected[expected.length >> 1] ?? recordOf(0, 0);
            const place = { hour: middle.arrivedAt.slice(0, 13), shardId: middle.shardId, seq: middle.seq };
            expect(await recordsIn(fresh.archive, ALWAYS, place)).toEqual(expected.slice((expected.length >> 1) + 1));
            const range = { from: middle.arrivedAt, to: recordOf(0, 130).arrivedAt };
            const within = expected.filter(({ arrivedAt }) => arrivedAt >= range.from && arrivedAt < range.to);
            expect(await recordsIn(fresh.archive, range)).toEqual(within);
          } finally {
            await fresh.remove();
          }
        }),
        { numRuns: runs },
      );
    });

    const texts = [
      '{"id":"a","data":{"text":"a \\"quote\\", and ,\\"raw\\": too"}}',
      '{"number":123456789012345678901234567890,"twice":1,"twice":2}',
      '{\n "id": "over lines"\n}',
      '{"id":"cut',
      '',
      'null',
      '\uFEFF{}',
      ' {"id":"blanks"} ',
      'text, "envelope": and ,"envelope":{}',
    ];
    test('keeps what is no event, to the last byte', async () => {
      const records = [
        ...texts.map((text, number) => recordOf(0, number, text)),
        { ...recordOf(0, texts.length), data: Uint8Array.from([0xf3, 0x89, 0x9a, 0xc2, 0, 255]) },
      ];
      await subject.archive.put(records);
      expect(await recordsIn(subject.open())).toEqual(inOrder(records));
    });

    test('takes a batch again without keeping it twice', async () => {
      const batch = shardOf(0, 150);
      await subject.archive.put(batch);
      const names = await subject.names();
      await subject.open().put(batch);
      expect(await subject.names()).toEqual(names);
      // The records continue in the next hour.
      expect(await subject.archive.hours(ALWAYS)).toEqual(['2016-02-22T22', '2016-02-22T23']);
    });

    test('names the hours of a range', async () => {
      await subject.archive.put(shardOf(0, 800));
      const range = { from: '2016-02-22T23:30:00.000Z', to: '2016-02-23T00:00:00.000Z' };
      expect(await subject.archive.hours(range)).toEqual(['2016-02-22T23']);
      const overMidnight = { ...range, to: '2016-02-23T00:00:00.001Z' };
      expect(await subject.archive.hours(overMidnight)).toEqual(['2016-02-22T23', '2016-02-23T00']);
      expect(await subject.archive.hours({ from: range.to, to: range.from })).toEqual([]);
    });

    test('writes down what an hour holds, and again when more came', async () => {
      const batch = shardOf(1, 60);
      await subject.archive.put(batch);
      const closed = await subject.archive.closeHour('2016-02-22T22');
      expect(closed).toMatchObject({ hour: '2016-02-22T22', records: 60 });
      expect(closed?.firstArrivedAt).toBe(batch[0]?.arrivedAt);
      expect(closed?.lastArrivedAt).toBe(batch.at(-1)?.arrivedAt);
      expect(await subject.open().closeHour('2016-02-22T22')).toEqual(closed);
      await subject.archive.put(shardOf(2, 40));
      expect(await recordsIn(subject.archive)).toHaveLength(100);
      expect(await subject.archive.closeHour('2016-02-22T22')).toMatchObject({ records: 100 });
      expect(await recordsIn(subject.archive)).toEqual(inOrder([...batch, ...shardOf(2, 40)]));
    });

    async function closedHour() {
      await subject.archive.put(shardOf(0, 20));
      await subject.archive.put(shardOf(1, 20));
      await subject.archive.closeHour('2016-02-22T22');
      const names = await subject.names();
      return { first: names.find((name) => name.includes('000/')) ?? '', manifest: names.find(isManifest) ?? '' };
    }
    const isManifest = (name: string) => name.endsWith('manifest.json');
    const expectDamage = (name: string) =>
      expect(recordsIn(subject.open())).rejects.toMatchObject({
        code: 'ARCHIVE_DAMAGED',
        message: expect.stringContaining(name),
      });

    test('reports the name of what was lost since its hour was closed', async () => {
      const { first } = await closedHour();
      await subject.replace(first, undefined);
      await expectDamage(first);
      await expect(subject.archive.closeHour('2016-02-22T22')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    });

    test('reports the name of what was changed since, though it is readable', async () => {
      const { first } = await closedHour();
      await subject.archive.put(shardOf(0, 20).map((record) => ({ ...record, partitionKey: 'another' })));
      await expectDamage(first);
    });

    test.each(['', 'no gzip', 'half'])('reports the name of an unreadable object (%s)', async (spoilt) => {
      await subject.archive.put(shardOf(0, 20));
      const [name = ''] = await subject.names();
      const bytes = await subject.bytes(name);
      await subject.replace(name, spoilt === 'half' ? bytes.subarray(0, bytes.length >> 1) : encoded(spoilt));
      await expectDamage(name);
      await expect(subject.archive.closeHour('2016-02-22T22')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    });

    test('reports the name of an object that does not match its name', async () => {
      await subject.archive.put(shardOf(0, 20));
      await subject.archive.put(shardOf(1, 20));
      const [name = '', other = ''] = await subject.names();
      await subject.replace(name, await subject.bytes(other));
      await expectDamage(name);
    });

    test.each(['', '{"format":2}', '{"format":1,"hour":"2016-02-22T21","objects":[{}]}', '[]', 'null'])(
      'does not go by a manifest that is none: %s',
      async (text) => {
        const { manifest } = await closedHour();
        await subject.replace(manifest, encoded(text));
        await expectDamage(manifest);
      },
    );

    test('does not mind what is no object of its own', async () => {
      await subject.archive.put(shardOf(0, 20));
      const [name = ''] = await subject.names();
      await subject.replace(name.replace('.ndjson.gz', '.parquet'), encoded('x'));
      expect(await recordsIn(subject.archive)).toHaveLength(20);
    });
  });
}
