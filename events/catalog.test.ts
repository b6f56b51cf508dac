import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { catalog, eventTypes, isEventType } from './catalog.ts';
import type { EventDefinition } from './define-event.ts';
import { versionOf } from './envelope.ts';

// Consumers depend on the order and the keys of events, so they are stated a second time here.
const keyFields: Record<string, { subject: string; partitionKey: string }> = {
  'user-joined': { subject: 'userId', partitionKey: 'userId' },
  'user-profile-updated': { subject: 'userId', partitionKey: 'userId' },
  'user-left': { subject: 'userId', partitionKey: 'userId' },
  'yubl-posted': { subject: 'yublId', partitionKey: 'yublId' },
  'yubl-deleted': { subject: 'yublId', partitionKey: 'yublId' },
  followed: { subject: 'relationshipId', partitionKey: 'followerId' },
  unfollowed: { subject: 'relationshipId', partitionKey: 'followerId' },
  'notifications-read': { subject: 'userId', partitionKey: 'userId' },
};

const definitions: [string, EventDefinition][] = eventTypes.map((type) => [type, catalog[type]]);

test('the catalog holds these events', () => {
  expect([...eventTypes].toSorted()).toEqual(Object.keys(keyFields).toSorted());
});

test.each(['yubl-edited', 'new-user-joined', '', 'toString', '__proto__', 'Followed'])(
  'the catalog does not know %j',
  (type) => expect(isEventType(type)).toBe(false),
);

describe.each(definitions)('%s', (type, definition) => {
  test('is listed under its own name, with words for its readers', () => {
    expect(isEventType(type)).toBe(true);
    expect(definition.type).toBe(type);
    expect(definition.dataschema).toBe(`figtree:${type}:${definition.version}`);
    expect(versionOf(definition.dataschema)).toBe(definition.version);
    expect(definition.owner).not.toBe('');
    expect(definition.summary).toMatch(/^[A-Z].*\.$/);
    expect(definition.examples.length).toBeGreaterThan(0);
  });

  test('takes its examples as they are, and knows their subject and key', () => {
    const fields = keyFields[type];
    for (const example of definition.examples as Record<string, unknown>[]) {
      expect(definition.safeParse(example)).toMatchObject({ success: true, data: example });
      expect(definition.subject(example)).toBe(example[fields?.subject ?? '']);
      expect(definition.partitionKey(example)).toBe(example[fields?.partitionKey ?? '']);
    }
  });

  test('leaves out what it does not declare', () => {
    const [example] = definition.examples;
    const { data } = definition.safeParse({ ...example, more: 1, __context__: {} });
    expect(data).toStrictEqual(example);
  });

  test('refuses its example without a key field, and with one that is no ObjectId', () => {
    const [example] = definition.examples as Record<string, unknown>[];
    for (const field of Object.keys(example ?? {}).filter((name) => name.endsWith('Id'))) {
      for (const wrong of [undefined, null, 1, '', '56CAB268FD9255C263D2E00E', '56cab268fd9255c263d2e00', ' ']) {
        const { success, error } = definition.safeParse({ ...example, [field]: wrong });
        expect([field, wrong, success]).toEqual([field, wrong, false]);
        expect(error?.issues[0]?.path).toEqual([field]);
      }
    }
  });

  test('is compiled', () => {
    expect(() => z.compile(definition.data, { strict: true })).not.toThrow();
  });

  // The documentation is generated from this very schema.
  test('parses as its schema does, whatever comes, and never throws', () => {
    const [example] = definition.examples;
    const fields = Object.keys(definition.data.shape);
    const changed = fc
      .dictionary(fc.constantFrom(...fields), fc.anything())
      .map((changes) => ({ ...example, ...changes }));
    const plausible = fc
      .dictionary(fc.constantFrom(...fields), fc.constantFrom(null, '', 'x', 'x'.repeat(201), '2020-01-01T00:00:00Z'))
      .map((changes) => ({ ...example, ...changes }));
    const property = fc.property(fc.oneof(changed, plausible, fc.anything()), (data) => {
      const [compiled, interpreted] = [definition.safeParse(data), definition.data.safeParse(data)];
      expect(compiled.success).toBe(interpreted.success);
      expect(compiled.data).toStrictEqual(interpreted.data);
    });
    fc.assert(property, { numRuns: randomRuns(300) });
  });
});

test.each([
  ['2016-02-22T07:02:00.000Z', true],
  ['2016-02-22T07:02:00Z', true],
  ['2016-02-22T08:02:00+01:00', true],
  ['2016-02-22T07:02:00', false],
  ['2016-02-22', false],
  ['2016-02-30T07:02:00Z', false],
  ['2016-02-22T25:02:00Z', false],
  [1_456_124_520, false],
])('a time of %j is taken: %j', (postedAt, taken) => {
  const [example] = catalog['yubl-posted'].examples;
  expect(catalog['yubl-posted'].safeParse({ ...example, postedAt }).success).toBe(taken);
});

test('users cannot follow themselves, and the reason differs from others', () => {
  const [example] = catalog.followed.examples;
  const { success, error } = catalog.followed.safeParse({ ...example, followeeId: example?.followerId });
  expect(success).toBe(false);
  expect(error?.issues).toMatchObject([{ code: 'custom', path: ['followeeId'], params: { code: 'SELF_FOLLOW' } }]);
});

test('texts have a longest length', () => {
  const lengths: [EventDefinition, string, number][] = [
    [catalog['yubl-posted'], 'text', 65_536],
    [catalog['user-joined'], 'userName', 200],
    [catalog['user-joined'], 'firstName', 200],
    [catalog['user-profile-updated'], 'lastName', 200],
  ];
  for (const [definition, field, max] of lengths) {
    const withLength = (length: number) => ({ ...definition.examples[0], [field]: 'x'.repeat(length) });
    expect(definition.safeParse(withLength(max)).success).toBe(true);
    expect(definition.safeParse(withLength(max + 1)).success).toBe(false);
  }
});
