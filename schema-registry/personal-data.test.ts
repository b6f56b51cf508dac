import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog, eventTypes } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { personal } from '../events/values.ts';
import { pastVersions } from './past-versions.ts';
import { textsAt } from './event-facts.ts';
import { personalKeys, personalPaths, redact } from './personal-data.ts';

const name = personal(z.string().min(1).max(50));
const comment = z.object({
  by: z.string(),
  words: personal(z.string()),
  get replies() {
    return z.array(comment).optional();
  },
});
const everything = z.object({
  id: z.string(),
  plain: name,
  bounded: personal(z.string())
    .max(9)
    .refine((text) => text !== 'no'),
  optional: name.optional(),
  exact: name.exactOptional(),
  nullish: name.nullish(),
  defaulted: name.default('nobody'),
  list: z.array(name),
  pair: z.tuple([z.string(), name]),
  record: z.record(z.string(), z.object({ name })),
  nested: z.object({ deep: z.object({ name, id: z.string() }) }).optional(),
  either: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), name }),
    z.object({ kind: z.literal('b'), count: z.number() }),
  ]),
  both: z.intersection(z.object({ name }), z.object({ id: z.string() })),
  person: personal(z.object({ age: z.number(), known: z.boolean(), tags: z.array(z.string()) })),
  read: personal(z.string().transform((text) => text.length)),
  choice: personal(z.enum(['left', 'right'])),
  when: z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
  thread: comment.optional(),
});
const definition = { data: everything };

const sample = {
  id: 'i',
  plain: 'Ada',
  bounded: 'Grace',
  optional: 'Alan',
  exact: 'Edsger',
  nullish: 'Barbara',
  defaulted: 'Donald',
  list: ['Tony', 'Leslie'],
  pair: ['id', 'Robin'],
  record: { one: { name: 'John' } },
  nested: { deep: { name: 'Niklaus', id: 'n' } },
  either: { kind: 'a', name: 'Frances' },
  both: { name: 'Kathleen', id: 'k' },
  person: { age: 36, known: true, tags: ['poet'] },
  read: 'Konrad',
  choice: 'right',
  when: '2016-02-22T07:02:00.000Z',
  thread: {
    by: 'b',
    words: 'first words',
    replies: [{ by: 'c', words: 'second words', replies: [{ by: 'd', words: 'third' }] }],
  },
};

const said = [
  'Ada',
  'Grace',
  'Alan',
  'Edsger',
  'Barbara',
  'Donald',
  'Tony',
  'Leslie',
  'Robin',
  'John',
  'Niklaus',
  'Frances',
  'Kathleen',
  'poet',
  'Konrad',
  'right',
  'first words',
  'second words',
  'third',
];

describe('the personal paths', () => {
  test('are found through whatever stands around the mark', () => {
    expect(personalPaths(definition).toSorted()).toEqual(
      [
        'plain',
        'bounded',
        'optional',
        'exact',
        'nullish',
        'defaulted',
        'list.*',
        'pair.*',
        'record.*.name',
        'nested.deep.name',
        'either.name',
        'both.name',
        'person',
        'read',
        'choice',
        'thread.words',
        'thread.replies.*.words',
      ].toSorted(),
    );
  });

  test('of the catalog are names and texts', () => {
    const found = [...Object.values(catalog), ...pastVersions].map(({ type, version, ...each }) => [
      `${type} ${version}`,
      personalPaths(each),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      'user-joined 1': ['userName', 'firstName', 'lastName'],
      'user-profile-updated 1': ['userName', 'firstName', 'lastName'],
      'user-left 1': [],
      'yubl-posted 2': ['text'],
      'yubl-deleted 1': [],
      'followed 1': [],
      'unfollowed 1': [],
      'notifications-read 1': [],
      'yubl-posted 1': ['authorName', 'text'],
    });
  });
});

describe('redacted data', () => {
  test('holds nothing personal, and all the rest', () => {
    const text = JSON.stringify(redact(definition, sample));
    for (const each of said) expect(text).not.toContain(each);
    for (const kept of ['"id":"i"', '"id":"n"', '"id":"k"', '"by":"d"', '"kind":"a"', '2016-02-22'])
      expect(text).toContain(kept);
    expect(redact(definition, sample)).toMatchObject({
      plain: 'xx',
      choice: 'left',
      person: { age: 0, known: false, tags: ['xxxx'] },
    });
  });

  test('is still what the schema takes', () => {
    expect(everything.safeParse(sample).success).toBe(true);
    expect(everything.safeParse(redact(definition, sample)).success).toBe(true);
  });

  test('masks what nobody declared', () => {
    const wide = {
      ...sample,
      likes: 5,
      more: { of: ['everything'] },
      nested: { deep: { name: 'N', id: 'n', x: 'y' } },
    };
    expect(redact(definition, wide)).toMatchObject({
      likes: 0,
      more: { of: ['xxxxxxxx'] },
      nested: { deep: { id: 'n', x: 'x' } },
    });
  });

  test('keeps the class of lengths, and nothing else of a text', () => {
    const property = fc.property(fc.string({ minLength: 1, maxLength: 50 }), (plain) => {
      const { plain: masked } = redact(definition, { plain });
      expect(masked).toMatch(/^x+$/);
      expect(masked.length <= plain.length && masked.length * 2 > plain.length).toBe(true);
      expect(Math.log2(masked.length) % 1).toBe(0);
    });
    fc.assert(property);
  });

  test.each(eventTypes)('of an example of %s is an example, the same each time', (type) => {
    const event: EventDefinition = catalog[type];
    for (const example of event.examples) {
      const redacted = redact(event, example);
      expect(event.safeParse(redacted)).toMatchObject({ success: true, data: redacted });
      expect(redact(event, redacted)).toEqual(redacted);
      expect(redact(event, example)).toEqual(redacted);
    }
  });

  test('leaves alone what is not there', () => {
    expect(redact(catalog['user-profile-updated'], { userId: 'u', lastName: null, firstName: '' })).toEqual({
      userId: 'u',
      lastName: null,
      firstName: '',
    });
  });
});

describe('the personal texts of data', () => {
  test('are those that were said, longest first', () => {
    const [joined] = catalog['user-joined'].examples;
    expect(textsAt(personalPaths(catalog['user-joined']), joined)).toEqual(['Lovelace', 'ada_l', 'Ada']);
  });

  test('are found at every path, also in lists', () => {
    // A path does not distinguish list elements, and covers two levels of recursion.
    const found = [...said.filter((text) => text !== 'third'), 'id'];
    expect([...textsAt(personalPaths(definition), sample)].toSorted()).toEqual(found.toSorted());
  });

  test('are none of data of another shape', () => {
    for (const other of [undefined, null, 5, 'Ada', [], { list: 'Tony', nested: null }])
      expect(textsAt(['list.*', 'nested.deep.name'], other)).toEqual([]);
  });
});

describe('a subject and a partition key', () => {
  test.each(eventTypes)('of %s say nothing personal', (type) => {
    const event: EventDefinition = catalog[type];
    expect(personalKeys(event, event.examples)).toEqual([]);
  });

  test('are found if they do, also by a part of a text', () => {
    const joined: EventDefinition = catalog['user-joined'];
    const { examples } = joined;
    expect(personalKeys({ ...joined, subject: (data) => String(data['userName']) }, examples)).toEqual([
      { key: 'subject', path: 'userName' },
    ]);
    const initial = (data: Record<string, unknown>) =>
      `${String(data['userId'])}/${String(data['lastName']).slice(0, 1)}`;
    expect(personalKeys({ ...joined, partitionKey: initial }, examples)).toEqual([
      { key: 'partitionKey', path: 'lastName' },
    ]);
  });

  type Sample = typeof sample;
  test.each<[string, (data: Sample) => unknown, string[]]>([
    ['a record', ({ record }) => record.one.name, ['record.*.name']],
    ['a tuple', ({ pair }) => pair[1], ['pair.*']],
    ['the second item of a list', ({ list }) => list[1], ['list.*']],
    ['what is inside of something personal', ({ person }) => person.age, ['person']],
    ['two fields', ({ plain, either }) => `${plain}${either.name}`, ['plain', 'either.name']],
    ['an id beside it', ({ pair, both }) => `${pair[0]}${both.id}`, []],
    ['what fails on other data', ({ choice }) => ({ right: { id: 1 } })[choice as 'right'].id, []],
  ])('made of %s', (_, of, paths) => {
    const subject = (data: Record<string, unknown>) => String(of(data as Sample));
    const keys = personalKeys({ data: everything, subject, partitionKey: () => 'one' }, [sample]);
    expect(keys).toEqual(paths.map((path) => ({ key: 'subject', path })));
  });
});
