import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { type Handle, on, openProcessorBench, type ProcessorBench } from '../../testing/engine/processor-bench.ts';
import { catalog, type EventType } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { idOf, sampleEvent } from '../../ports/contracts/sample-events.ts';
import type { EventLogReader, ReadQuery } from '../../ports/event-log.ts';
import type { PastVersion } from '../../schema-registry/past-version.ts';
import { createUpcasters } from '../../schema-registry/upcasters.ts';
import { inCurrentVersions } from './current-versions.ts';

// A catalog with yubl-posted in version 3. An event of version 2 becomes as many yubls, followed by as many deletions,
// as the numbers in its text: "2 1" is two yubls and a deletion, "0 0" is dropped.
const posted: EventDefinition = catalog['yubl-posted'];
const definitions = { ...catalog, 'yubl-posted': { ...posted, version: 3, dataschema: 'figtree:yubl-posted:3' } };
const inNumbers: PastVersion = {
  type: 'yubl-posted',
  version: 2,
  data: posted.data,
  becomes: ['yubl-deleted'],
  upcast(data) {
    const { text, yublId } = data as { text: string; yublId: string };
    const [yubls = 0, deletions = 0] = text.split(' ').map(Number);
    if (Number.isNaN(yubls)) throw new Error('no number');
    return [
      ...Array.from({ length: yubls }, (_, nth) => ({
        type: 'yubl-posted' as const,
        data: { ...data, text: `${nth}` },
      })),
      ...Array.from({ length: deletions }, () => ({ type: 'yubl-deleted' as const, data: { yublId } })),
    ];
  },
};
const same: PastVersion = { ...inNumbers, version: 1, upcast: (data) => [{ type: 'yubl-posted', data }] };
const upcasters = createUpcasters(definitions, [same, inNumbers]);

const ofVersion = (version: number, text: string, key = 1) => {
  const event = sampleEvent({ key }, { dataschema: `figtree:yubl-posted:${version}` });
  return { ...event, data: { ...event.data, text } } as EventEnvelope;
};

describe('a log in current versions', () => {
  let bench: ProcessorBench;
  beforeEach(() => void (bench = openProcessorBench()));
  afterEach(() => bench.close());

  async function pagesOf(log: EventLogReader, query: ReadQuery) {
    const pages = [];
    for (let { after } = query; ;) {
      const page = await log.read({ ...query, after });
      if (page.position === after) return pages;
      expect(page.position).toBeGreaterThan(after);
      pages.push(page.events);
      after = page.position;
    }
  }

  test('loses and repeats nothing, in pages of any size, of any types', async () => {
    const shapes = fc.array(
      fc.record({ version: fc.integer({ min: 1, max: 4 }), yubls: fc.nat(3), deletions: fc.nat(2) }),
    );
    const types = fc.constantFrom<EventType[] | undefined>(
      undefined,
      ['yubl-posted'],
      ['yubl-deleted'],
      ['yubl-posted', 'yubl-deleted'],
      ['followed'],
    );
    let before = 0;
    const property = fc.asyncProperty(
      shapes,
      types,
      fc.integer({ min: 1, max: 5 }),
      async (recorded, wanted, limit) => {
        const start = before;
        const texts = recorded.map(({ yubls, deletions }) => `${yubls} ${deletions}`);
        before += recorded.length;
        await bench.append(...recorded.map(({ version }, index) => ofVersion(version, texts[index] ?? '')));
        const expected = recorded.flatMap(({ version, yubls, deletions }, index) => {
          const position = start + index + 1;
          const whole = [{ position, type: 'yubl-posted', text: texts[index] }];
          // Version 3 is current, 4 is newer than this catalog: both are read unchanged.
          const now =
            version > 2
              ? whole
              : [
                  ...Array.from({ length: yubls }, (_, nth) => ({ position, type: 'yubl-posted', text: String(nth) })),
                  ...Array.from({ length: deletions }, () => ({ position, type: 'yubl-deleted', text: undefined })),
                ];
          return now.filter(({ type }) => wanted?.includes(type as EventType) ?? true);
        });
        const log = inCurrentVersions(bench.log, upcasters);
        const pages = await pagesOf(log, { after: start, limit, ...(wanted && { types: wanted }) });
        const found = pages
          .flat()
          .map(({ position, type, data }) => ({ position, type, text: 'text' in data ? data.text : undefined }));
        expect(found).toEqual(expected);
        // All results of one event are on one page.
        const pagesOfPositions = pages.map((page) => new Set(page.map(({ position }) => position)));
        expect(pagesOfPositions.reduce((sum, { size }) => sum + size, 0)).toBe(
          new Set(found.map(({ position }) => position)).size,
        );
      },
    );
    await expect(fc.assert(property, { numRuns: randomRuns(40) })).resolves.toBeUndefined();
  });

  test('returns a flow up to its limit, also where some of it was dropped', async () => {
    const flow = ['0 0', '1 0', '0 0', '2 1', '0 0', '1 0'].map((text) => ({
      ...ofVersion(2, text),
      correlationid: 'flow',
    }));
    await bench.append(...flow);
    const log = inCurrentVersions(bench.log, upcasters);
    const found = async (limit: number) => (await log.readFlow('flow', limit)).map(({ position }) => position);
    expect(await found(100)).toEqual([2, 4, 4, 4, 6]);
    expect(await found(1)).toEqual([2]);
    expect(await found(5)).toEqual([2, 4, 4, 4, 6]);
  });

  const note: Handle = (_event, write) => write();
  const positions = () => bench.effects().map(({ event }) => event);

  test('is handled: each part of a split once, and the checkpoint moves over what was dropped', async () => {
    const [split, dropped, current] = [ofVersion(2, '2 1'), ofVersion(1, '0 0'), ofVersion(3, 'x')];
    await bench.append(split, dropped, current, dropped);
    bench.start({ a: on(note, 'yubl-posted', 'yubl-deleted') }, { upcasters });
    await bench.caughtUp();
    expect(positions()).toEqual([split.id, `${split.id}/2`, `${split.id}/3`, current.id]);
    expect(bench.checkpoint()).toBe(3);
  });

  test('undoes and parks what one event became together, and handles it together later', async () => {
    const [split, behind, other] = [ofVersion(2, '2 1'), ofVersion(3, 'x'), ofVersion(3, 'y', 2)];
    await bench.append(split, behind, other);
    let broken = true;
    const fail: Handle = ({ type }, write) => {
      write();
      if (broken && type === 'yubl-deleted') throw new Error('it fails');
    };
    bench.start({ a: on(fail, 'yubl-posted', 'yubl-deleted') }, { upcasters, attemptsMax: 1000, pauseMs: 10 });
    await bench.caughtUp();
    expect(positions()).toEqual([other.id]);
    expect(bench.parked().map(({ position }) => position)).toEqual([1, 2]);
    expect(bench.stepsOf(split.id)).toEqual([]);
    broken = false;
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 60_000 });
    expect(positions()).toEqual([other.id, split.id, `${split.id}/2`, `${split.id}/3`, behind.id]);
  });

  test('parks what its step cannot bring to today, with the reason, and handles it once the step is mended', async () => {
    const [bad, behind, good] = [ofVersion(2, 'words'), ofVersion(3, 'x'), ofVersion(2, '1 0', 2)];
    await bench.append(bad, behind, good);
    const broken = bench.start({ a: on(note) }, { upcasters });
    await bench.caughtUp();
    const error = 'EVENT_NOT_UPCAST: version 2 of yubl-posted cannot be upcast to the current version: no number';
    expect(bench.parked()).toMatchObject([{ position: 1, consumer: 'a', error, retryAtMs: null }, { position: 2 }]);
    expect(positions()).toEqual([good.id]);
    await broken.stop();
    bench.start({ a: on(note) }, { upcasters: createUpcasters(definitions, [same, { ...same, version: 2 }]) });
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 60_000 });
    expect(positions()).toEqual([good.id, bad.id, behind.id]);
  });
});

describe('an event of a newer version', () => {
  let bench: ProcessorBench;
  beforeEach(() => void (bench = openProcessorBench()));
  afterEach(() => bench.close());
  const note: Handle = (_event, write) => write();

  test('is parked with its code, in the order of its key, and is handled after an upgrade', async () => {
    const [first, newer, behind, other] = [
      ofVersion(3, 'a'),
      ofVersion(99, 'b'),
      ofVersion(3, 'c'),
      ofVersion(3, 'd', 2),
    ];
    await bench.append(first, newer, behind, other);
    const old = bench.start({ a: on(note), b: on(note) }, { upcasters });
    await bench.caughtUp();
    const error =
      'EVENT_VERSION_NEWER: yubl-posted at 2 has version 99, but this Figtree supports version 3: upgrade Figtree';
    expect(bench.parked()).toEqual([
      { position: 2, key: idOf(1), consumer: 'a', attempts: 1, error, retryAtMs: null },
      { position: 3, key: idOf(1), consumer: null, attempts: 0, error: null, retryAtMs: null },
    ]);
    expect(bench.progress()).toMatchObject({ position: 4, parked: 2, stopped: false });
    expect(new Set(bench.effects().map(({ event }) => event))).toEqual(new Set([first.id, other.id]));
    await old.stop();

    const upgraded = {
      ...definitions,
      'yubl-posted': { ...posted, version: 99, dataschema: 'figtree:yubl-posted:99' },
    };
    const steps = Array.from({ length: 98 }, (_, index) => ({ ...same, version: index + 1 }));
    bench.start({ a: on(note) }, { upcasters: createUpcasters(upgraded, steps) });
    await vi.waitFor(() => expect(bench.progress().parked).toBe(0), { timeout: 60_000 });
    expect(
      bench
        .effects()
        .slice(-2)
        .map(({ event }) => event),
    ).toEqual([newer.id, behind.id]);
  });

  test('does not pass for an outage, however many there are', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ofVersion(99, 'x', 10 + index));
    const good = ofVersion(3, 'y', 1);
    await bench.append(...many, good);
    bench.start({ a: on(note) }, { upcasters });
    await bench.caughtUp();
    expect(bench.progress()).toMatchObject({ position: 501, parked: 500, stopped: false });
    const refused = bench.lines.filter(({ message }) => message === 'event refused, key is stopped');
    expect(
      refused
        .map(({ level }) => level)
        .toSorted()
        .slice(-2),
    ).toEqual(['debug', 'error']);
    expect(refused).toHaveLength(500);
    expect(bench.effects().map(({ event }) => event)).toEqual([good.id]);
  });

  test('passes by who does not want its type', async () => {
    await bench.append(ofVersion(99, 'x'), sampleEvent({ type: 'user-left' }));
    bench.start({ a: on(note, 'user-left') }, { upcasters });
    await bench.caughtUp();
    expect(bench.parked()).toEqual([]);
    expect(bench.effects()).toHaveLength(1);
  });
});
