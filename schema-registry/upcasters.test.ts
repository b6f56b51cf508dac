import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { defineEvent, type EventDefinition } from '../events/define-event.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { catalogUpcasters } from './catalog-upcasters.ts';
import type { PastVersion, UpcastEvent } from './past-version.ts';
import { createUpcasters } from './upcasters.ts';

const data = z.object({ id: z.string(), said: z.array(z.string()) });
type Data = z.infer<typeof data>;

function event(type: string, version = 1): EventDefinition {
  const of = ({ id }: Data) => id;
  return defineEvent({
    type,
    version,
    owner: 'nobody',
    summary: 'A sample.',
    data,
    subject: of,
    partitionKey: of,
    examples: [],
  });
}

const step = (version: number, upcast: (data: Data) => unknown, more: object = {}): PastVersion =>
  ({ type: 'yubl-posted', version, data, upcast, ...more }) as unknown as PastVersion;

const own = (of: Data, word: string): UpcastEvent => ({
  type: 'yubl-posted',
  data: { ...of, said: [...of.said, word] },
});

const recorded = (version: number, changes: object = {}): RecordedEvent =>
  ({
    id: 'e',
    type: 'yubl-posted',
    dataschema: `figtree:yubl-posted:${version}`,
    position: 7,
    partitionkey: 'key then',
    subject: 'subject then',
    sequence: '00000000000000000007',
    correlationid: 'e',
    data: { id: 'a', said: [] },
    ...changes,
  }) as unknown as RecordedEvent;

const saidBy = (events: readonly { data: unknown }[]) => events.map((each) => (each.data as Data).said.join(' '));

describe('an event of a past version', () => {
  const definitions = { 'yubl-posted': event('yubl-posted', 4) };
  const chain = [1, 2, 3].map((version) => step(version, (of) => [own(of, `from ${version}`)]));
  const upcasters = createUpcasters(definitions, chain);

  test('is read by the schema of each version on its way: what that fills in or leaves out counts', () => {
    const first = step(1, (of) => [own(of, 'from 1')], {
      data: data.extend({ said: data.shape.said.default(['filled']) }),
    });
    const second = step(2, (of) => [own(of, `${Object.keys(of).join()} from 2`)], {
      data: data.extend({ id: z.string().trim() }),
    });
    const read = createUpcasters({ 'yubl-posted': event('yubl-posted', 3) }, [first, second]);
    const [now] = read.current([recorded(1, { data: { id: ' a ', undeclared: 1 } })]);
    expect(now?.data).toEqual({ id: 'a', said: ['filled', 'from 1', 'id,said from 2'] });
  });

  test('goes through every step to the current one', () => {
    expect([1, 2, 3].map((version) => saidBy(upcasters.current([recorded(version)])))).toEqual([
      ['from 1 from 2 from 3'],
      ['from 2 from 3'],
      ['from 3'],
    ]);
  });

  test('keeps its name, place and key, and has the subject and the version of today', () => {
    const [now] = upcasters.current([recorded(1)]);
    expect(now).toEqual(recorded(4, { subject: 'a', data: { id: 'a', said: ['from 1', 'from 2', 'from 3'] } }));
  });

  test('stands between current ones as it stood', () => {
    const said = (word: string) => ({ data: { id: 'a', said: [word] } });
    const page = [recorded(4, said('a')), recorded(3, said('b')), recorded(4, said('c'))];
    expect(saidBy(upcasters.current(page))).toEqual(['a', 'b from 3', 'c']);
  });

  test('is not touched in the page that was given', () => {
    const page = [recorded(1)];
    upcasters.current(page);
    expect(page).toEqual([recorded(1)]);
  });

  test('costs nothing where there is none: the page itself is given', () => {
    const page = [recorded(4), recorded(4)];
    expect(upcasters.current(page)).toBe(page);
  });

  test('leads to the same as a walk by hand, whatever the steps split and drop', () => {
    // For each step: how many events of its own type it returns, and whether one of another type precedes them.
    const steps = fc.array(fc.record({ gives: fc.integer({ min: 0, max: 3 }), another: fc.boolean() }), {
      maxLength: 4,
    });
    const property = fc.property(steps, fc.nat(3), (shapes, start) => {
      const version = Math.min(start, shapes.length) + 1;
      const many = shapes.map(({ gives, another }, index) =>
        step(
          index + 1,
          (of) => [
            ...(another ? [{ type: 'user-left', data: { id: of.id, said: [`left at ${index + 1}`] } }] : []),
            ...Array.from({ length: gives }, (_, nth) => own(of, `${index + 1}.${nth}`)),
          ],
          { becomes: ['user-left'] },
        ),
      );
      const known = { 'yubl-posted': event('yubl-posted', shapes.length + 1), 'user-left': event('user-left') };
      const found = createUpcasters(known, many).current([recorded(version)]);
      let walked: { left: boolean; said: string[] }[] = [{ left: false, said: [] }];
      for (let at = version; at <= shapes.length; at += 1) {
        const { gives = 0, another = false } = shapes[at - 1] ?? {};
        walked = walked.flatMap((each) => {
          if (each.left) return [each];
          const next = Array.from({ length: gives }, (_, nth) => ({
            left: false,
            said: [...each.said, `${at}.${nth}`],
          }));
          return another ? [{ left: true, said: [`left at ${at}`] }, ...next] : next;
        });
      }
      expect(found.map(({ type, data: now }) => [type, (now as unknown as Data).said])).toEqual(
        walked.map(({ left, said }) => [left ? 'user-left' : 'yubl-posted', said]),
      );
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      expect(found.every(({ position, partitionkey }) => position === 7 && partitionkey === 'key then')).toBe(true);
    });
    fc.assert(property, { numRuns: randomRuns(200) });
  });
});

describe('what is asked for by type', () => {
  const definitions = { 'yubl-posted': event('yubl-posted', 2), 'user-left': event('user-left') };

  test('lies under other types if a past version became it', () => {
    const { storedAs } = createUpcasters(definitions, [step(1, () => [], { becomes: ['user-left'] })]);
    expect(storedAs(['user-left'])).toEqual(['user-left', 'yubl-posted']);
    const types = ['user-left', 'yubl-posted'] as const;
    expect(storedAs(types)).toBe(types);
  });

  test('lies under its own name otherwise', () => {
    const types = ['user-left', 'user-left'] as const;
    expect(createUpcasters(definitions, [step(1, () => [])]).storedAs(types)).toBe(types);
  });
});

describe('an event is refused', () => {
  const definitions = { 'yubl-posted': event('yubl-posted', 2), 'user-left': event('user-left') };
  const refusalBy = (upcast: (data: Data) => unknown) => {
    const upcasters = createUpcasters(definitions, [step(1, upcast)]);
    const page = [recorded(1)];
    expect(upcasters.current(page)).toEqual(page);
    return upcasters.refusal(recorded(1));
  };
  const wrong: [string, (data: Data) => unknown, RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('it fails');
      },
      /version 1 of yubl-posted.*it fails/,
    ],
    [
      'throws what is no error',
      () => {
        throw 'words';
      },
      /words/,
    ],
    ['gives nothing', () => undefined, /instead of a list of events/],
    ['gives no data', () => [{ type: 'yubl-posted' }], /not a valid yubl-posted/],
    ['gives wrong data', () => [{ type: 'yubl-posted', data: { id: 'a', said: [5] } }], /said\.0/],
    ['gives an event that it does not name', () => [{ type: 'user-left', data: {} }], /user-left.*becomes/],
  ];
  test.each(wrong)('if its step %s, and stays as it is', (_, upcast, message) => {
    expect(refusalBy(upcast)).toMatchObject({ code: 'EVENT_NOT_UPCAST', message: expect.stringMatching(message) });
  });

  test('if it is of a newer version, and stays as it is', () => {
    const upcasters = createUpcasters(definitions, [step(1, (of) => [own(of, 'x')])]);
    const page = [recorded(99)];
    expect(upcasters.current(page)).toEqual(page);
    expect(upcasters.refusal(recorded(99))).toMatchObject({
      code: 'EVENT_VERSION_NEWER',
      message: 'yubl-posted at 7 has version 99, but this Figtree supports version 2: upgrade Figtree',
    });
  });

  test('if it is of no version that ever was', () => {
    const upcasters = createUpcasters(definitions, [step(1, (of) => [own(of, 'x')])]);
    expect(upcasters.refusal(recorded(0))).toMatchObject({ code: 'EVENT_NOT_UPCAST' });
    expect(upcasters.refusal(recorded(Number.NaN))).toMatchObject({ code: 'EVENT_NOT_UPCAST' });
  });

  test('by nobody if it is current', () => {
    expect(createUpcasters(definitions, [step(1, () => [])]).refusal(recorded(2))).toBeUndefined();
  });
});

describe('yubl-posted of version 1', () => {
  const ids = { yublId: '56cab2686d8e7e14910889c1', authorId: '56cab268fd9255c263d2e00e' };
  const read = (old: object) => {
    const past = catalogUpcasters().past('yubl-posted', 1);
    const parsed = past?.safeParse(old);
    return parsed?.success === true
      ? past?.upcast(parsed.data).map((each) => each.data)
      : parsed?.error?.issues[0]?.path;
  };

  test.each([
    [1_456_124_520_123, '2016-02-22T07:02:00.123Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    ['2016-02-22T08:02:00+01:00', '2016-02-22T08:02:00+01:00'],
  ])('of %j was posted at %s, and names nobody', (postedAt, expected) => {
    expect(read({ ...ids, authorName: 'Ada', text: 'hi', postedAt })).toEqual([
      { ...ids, text: 'hi', postedAt: expected },
    ]);
  });

  test.each([-1, 0.5, 253_402_300_800_000, Infinity, '1456124520', 'yesterday', null, undefined])(
    'is refused if it was posted at %j',
    (postedAt) => expect(read({ ...ids, text: 'hi', postedAt })).toEqual(['postedAt']),
  );

  test('in the shape of version 2 is what it is', () => {
    const same = { ...ids, text: 'hi', postedAt: '2016-02-22T07:02:00Z' };
    expect(read(same)).toEqual([same]);
  });
});
