import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import {
  type Quarantine,
  type QuarantineReader,
  RAW_CHARACTERS_MAX,
  type Refusal,
  WAITING_CHARACTERS_MAX,
} from '../quarantine.ts';

export interface QuarantineUnderTest {
  readonly quarantine: Quarantine;
  /** The reading half as another process has it. */
  readonly reader: QuarantineReader;
  /** Closes it and reopens the same data. */
  reopen(): Promise<QuarantineUnderTest>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

/** The behaviour of every quarantine. `open` returns an empty one. */
export function quarantineContract(open: () => Promise<QuarantineUnderTest>, runs = randomRuns(15)): void {
  describe('a quarantine', () => {
    let subject: QuarantineUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());

    const all = (reader: QuarantineReader = subject.quarantine) => reader.list({ after: 0, limit: 1_000_000 });
    const rawOf = async () => (await all()).map(({ raw }) => raw);

    test('keeps what is added, as it was sent, with its problem', async () => {
      const refusal = refusalOf('{"a":1', { problem: { code: 'NOT_JSON', path: 'a.b', message: 'no end' } });
      const earliest = Date.now();
      await subject.quarantine.add([refusal]);
      const [entry] = await all();
      expect(entry).toMatchObject({ ...refusal, truncated: false });
      expect(await subject.quarantine.get(entry?.id ?? 0)).toEqual(entry);
      expect(Date.parse(entry?.at ?? '')).toBeGreaterThanOrEqual(earliest);
      expect(Date.parse(entry?.at ?? '')).toBeLessThanOrEqual(Date.now());
    });

    test('leaves a path out that is not known', async () => {
      await subject.quarantine.add([refusalOf('x')]);
      expect((await all())[0]?.problem).toEqual({ code: 'NOT_JSON', message: 'm' });
    });

    test('lists the newest last, in pages', async () => {
      await subject.quarantine.add(['a', 'b', 'c'].map((raw) => refusalOf(raw)));
      await subject.quarantine.add([refusalOf('d')]);
      const first = await subject.quarantine.list({ after: 0, limit: 3 });
      const second = await subject.quarantine.list({ after: first.at(-1)?.id ?? 0, limit: 3 });
      expect(first.map(({ raw }) => raw)).toEqual(['a', 'b', 'c']);
      expect(second.map(({ raw }) => raw)).toEqual(['d']);
    });

    test('keeps the same text of the same door once, with its newest problem and its first time', async () => {
      await subject.quarantine.add([refusalOf('a'), refusalOf('b')]);
      const [before] = await all();
      const newest = { code: 'CHANGE_INVALID', path: 'p', message: 'newer' } as const;
      await subject.quarantine.add([refusalOf('a', { origin: 'elsewhere', problem: newest })]);
      expect(await all()).toEqual([{ ...before, problem: newest }, expect.objectContaining({ raw: 'b' })]);
    });

    test('keeps the same text of two doors twice', async () => {
      await subject.quarantine.add([refusalOf('a', { door: 'events' }), refusalOf('a', { door: 'legacy' })]);
      expect((await all()).map(({ door }) => door)).toEqual(['events', 'legacy']);
    });

    test('neither lists nor counts nor returns what is released', async () => {
      await subject.quarantine.add([refusalOf('a'), refusalOf('b')]);
      const [first] = await all();
      await subject.quarantine.release(first?.id ?? 0);
      expect(await rawOf()).toEqual(['b']);
      expect(await subject.quarantine.count()).toBe(1);
      expect(await subject.quarantine.get(first?.id ?? 0)).toBeUndefined();
    });

    test('lists what was released again when it comes back', async () => {
      await subject.quarantine.add([refusalOf('a')]);
      const [first] = await all();
      await subject.quarantine.release(first?.id ?? 0);
      await subject.quarantine.add([refusalOf('a')]);
      expect(await all()).toEqual([first]);
    });

    test('does nothing when an entry is released that is not there, and knows no such entry', async () => {
      await subject.quarantine.add([refusalOf('a')]);
      await subject.quarantine.release(4711);
      expect(await subject.quarantine.count()).toBe(1);
      expect(await subject.quarantine.get(4711)).toBeUndefined();
    });

    test('does nothing when nothing is added', async () => {
      await subject.quarantine.add([]);
      expect(await subject.quarantine.count()).toBe(0);
    });

    test('still has everything after it was closed and opened', async () => {
      await subject.quarantine.add(['a', 'b', 'c'].map((raw) => refusalOf(raw)));
      await subject.quarantine.release((await all())[1]?.id ?? 0);
      const before = await all();
      subject = await subject.reopen();
      expect(await all()).toEqual(before);
      expect(await rawOf()).toEqual(['a', 'c']);
    });

    test('shows the same to another process', async () => {
      await subject.quarantine.add(['a', 'b', 'c'].map((raw) => refusalOf(raw)));
      await subject.quarantine.release((await all())[1]?.id ?? 0);
      const before = await all();
      expect(await all(subject.reader)).toEqual(before);
      expect(await subject.reader.count()).toBe(2);
      expect(await subject.reader.get(before[1]?.id ?? 0)).toEqual(before[1]);
    });

    test('cuts a text that is too long, and says so', async () => {
      const fits = 'x'.repeat(RAW_CHARACTERS_MAX);
      await subject.quarantine.add([refusalOf(fits), refusalOf(`${fits}y`), refusalOf(`${fits}z`)]);
      const entries = await all();
      expect(entries.map(({ raw }) => raw === fits)).toEqual([true, true, true]);
      expect(entries.map(({ truncated }) => truncated)).toEqual([false, true, true]);
    });

    test('keeps more of what waits to be released, also if less of it was kept before', async () => {
      const longer = 'x'.repeat(RAW_CHARACTERS_MAX + 1);
      const longest = 'y'.repeat(WAITING_CHARACTERS_MAX);
      await subject.quarantine.add([refusalOf(longer), refusalOf(longest, { waiting: true })]);
      await subject.quarantine.add([refusalOf(longer, { waiting: true }), refusalOf(`${longest}z`, { waiting: true })]);
      const entries = await all();
      expect(entries.map(({ raw }) => raw.length)).toEqual([longer.length, longest.length, longest.length]);
      expect(entries.map(({ truncated }) => truncated)).toEqual([false, false, true]);
      await subject.quarantine.add([refusalOf(longer)]);
      expect((await all())[0]).toMatchObject({ raw: longer, truncated: false });
    });

    test('keeps a text of the greatest length in any letters', async () => {
      // Three bytes each, in an order that hardly compresses.
      let seed = 7;
      const next = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
      const letters = Array.from({ length: WAITING_CHARACTERS_MAX }, () => 0x4e00 + ((next() >>> 8) % 20_000));
      const raw = letters.map((code) => String.fromCharCode(code)).join('');
      await subject.quarantine.add([refusalOf(raw, { waiting: true })]);
      const [entry] = await all();
      expect(entry?.raw === raw).toBe(true);
      expect(entry?.truncated).toBe(false);
    });

    test.each([
      ['a zero byte', 'a\u0000b'],
      ['line ends', 'a\r\nb\n'],
      ['letters outside of ASCII', 'zażółć 日本 😀'],
      ['nothing', ''],
      ['quotes', `'"\\`],
    ])('keeps %s as it is', async (_, raw) => {
      await subject.quarantine.add([refusalOf(raw)]);
      expect(await rawOf()).toEqual([raw]);
    });

    test('agrees with a list in memory after any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
          const tried = await replay(await open(), history);
          await tried.subject.remove();
          expect(tried.seen).toEqual(tried.expected);
        }),
        { numRuns: runs },
      );
    });
  });
}

function refusalOf(raw: string, more: Partial<Refusal> = {}): Refusal {
  return { door: 'legacy', origin: 'test', problem: { code: 'NOT_JSON', message: 'm' }, raw, ...more };
}

const raws = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step = fc.oneof(
  fc.record({ add: fc.array(fc.tuple(raws, fc.constantFrom('m1', 'm2')), { maxLength: 4 }) }),
  fc.record({ release: raws }),
  fc.record({ reopen: fc.constant(true) }),
);
type Step = { add: [string, string][] } | { release: string } | { reopen: boolean };

// The model maps text to message; its keys keep the order of the first refusals. Returns the actual and the expected
// list after each step.
async function replay(start: QuarantineUnderTest, history: readonly Step[]) {
  let subject = start;
  const model = new Map<string, { message: string; released: boolean }>();
  const seen: unknown[] = [];
  const expected: unknown[] = [];
  const list = () => subject.quarantine.list({ after: 0, limit: 100 });
  for (const one of history) {
    if ('add' in one) {
      for (const [raw, message] of one.add) model.set(raw, { message, released: false });
      await subject.quarantine.add(
        one.add.map(([raw, message]) => refusalOf(raw, { problem: { code: 'NOT_JSON', message } })),
      );
    } else if ('release' in one) {
      const known = model.get(one.release);
      if (known !== undefined) known.released = true;
      const entry = (await list()).find(({ raw }) => raw === one.release);
      if (entry !== undefined) await subject.quarantine.release(entry.id);
    } else subject = await subject.reopen();
    const open = [...model].filter(([, { released }]) => !released);
    expected.push({ count: open.length, list: open.map(([raw, { message }]) => [raw, message]) });
    const entries = await list();
    const count = await subject.quarantine.count();
    seen.push({ count, list: entries.map(({ raw, problem }) => [raw, problem.message]) });
  }
  return { subject, seen, expected };
}
