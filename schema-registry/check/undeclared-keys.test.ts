import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { jsonTypeOf, undeclaredKeysOf } from './undeclared-keys.ts';
import { wireSchemaOf } from '../samples/wire-schema.ts';

const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree).optional();
  },
});
const schema = z.object({
  id: z.string(),
  place: z.object({ city: z.string() }).nullable().optional(),
  tags: z.array(z.object({ name: z.string() })).optional(),
  pair: z.tuple([z.object({ a: z.string() }), z.object({ b: z.string() })]).optional(),
  counts: z.record(z.string(), z.int()).optional(),
  people: z.record(z.string(), z.object({ age: z.int() })).optional(),
  media: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('image'), width: z.int() }),
      z.object({ kind: z.literal('video'), seconds: z.int() }),
    ])
    .optional(),
  loose: z.looseObject({ a: z.string() }).optional(),
  anything: z.unknown().optional(),
  tree: tree.optional(),
});
const look = undeclaredKeysOf(wireSchemaOf(schema));

function keysOf(data: unknown): string[] {
  const found: string[] = [];
  look(data, (path) => void found.push(path));
  return found;
}

test.each([
  ['nothing', { id: 'a' }, []],
  ['a key at the top', { id: 'a', likes: 1 }, ['data.likes']],
  [
    'a key with a name of every object',
    JSON.parse('{ "id": "a", "__proto__": 1, "toString": 2 }'),
    ['data.__proto__', 'data.toString'],
  ],
  ['one inside an object', { place: { city: 'x', zip: 1 } }, ['data.place.zip']],
  ['nothing in null', { place: null }, []],
  [
    'one in a list, each time',
    { tags: [{ name: 'x' }, { hot: 1 }, { hot: 2 }] },
    ['data.tags[].hot', 'data.tags[].hot'],
  ],
  ['one in a tuple', { pair: [{ a: '' }, { b: '', c: 1 }] }, ['data.pair[].c']],
  ['no key of a record', { counts: { x: 1, y: 2 } }, []],
  ['one inside an entry of a record', { people: { ada: { age: 1, shoe: 38 } } }, ['data.people.*.shoe']],
  ['none that any branch of a union has', { media: { kind: 'video', seconds: 1, width: 2 } }, []],
  ['one that no branch has', { media: { kind: 'video', colour: 1 } }, ['data.media.colour']],
  ['one that a loose object takes', { loose: { a: '', b: 1 } }, ['data.loose.b']],
  ['nothing in what may be anything', { anything: { a: { b: 1 } } }, []],
  [
    'one deep in what refers to itself',
    { tree: { name: '', children: [{ name: '', x: 1 }] } },
    ['data.tree.children[].x'],
  ],
  ['nothing in data of another shape', { tags: 'none', place: 5, counts: [] }, []],
])('finds %s', (_, data, expected) => {
  expect(keysOf(data)).toEqual(expected);
});

test('finds at the top exactly what a strict parser does not recognise', () => {
  const strict = z.strictObject({ id: z.unknown().optional(), text: z.unknown().optional() });
  const find = undeclaredKeysOf(wireSchemaOf(z.object(strict.shape)));
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('id', 'text')), fc.jsonValue()), (data) => {
      const found: string[] = [];
      find(data, (path) => void found.push(path.slice('data.'.length)));
      const { error } = strict.safeParse(data);
      const issue = error?.issues.find(({ code }) => code === 'unrecognized_keys');
      expect(found.toSorted()).toEqual((issue?.code === 'unrecognized_keys' ? issue.keys : []).toSorted());
    }),
  );
});

test('names the JSON types of values', () => {
  expect([null, true, 0, '', [], {}].map(jsonTypeOf)).toEqual([
    'null',
    'boolean',
    'number',
    'string',
    'array',
    'object',
  ]);
});
