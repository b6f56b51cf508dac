import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import { frozenVersionOf } from '../check/frozen-version.ts';
import { versionDifferences } from './version-differences.ts';

const first = z.object({ id: z.string() });
const second = first.extend({ note: z.string().optional() });
const third = second.extend({ by: z.string() });
const made = defineEvent({
  type: 'made',
  version: 3,
  owner: 'o',
  summary: 's',
  data: third,
  subject: ({ id }) => id,
  partitionKey: ({ id }) => id,
  examples: [{ id: '1', by: 'b' }],
});
const past = [
  { type: 'made', version: 1, data: first },
  { type: 'made', version: 2, data: second },
];
const paths = (found: ReturnType<typeof versionDifferences>) =>
  found.map(({ version, differences }) => [version, differences.map(({ path, rule }) => [path, rule])]);

test('each version is compared with the one before it, and judged as zod does', () => {
  const found = versionDifferences({ definitions: { made }, pastVersions: past, frozen: [] });
  expect(paths(found)).toEqual([
    [2, [['note', 'FIELD_ADDED_OPTIONAL']]],
    [3, [['by', 'FIELD_ADDED_REQUIRED']]],
  ]);
  const judge = (reader: z.ZodObject, data: object) => (reader.safeParse(data).success ? 'safe' : 'breaks');
  expect(found.map(({ verdict }) => verdict)).toEqual([
    { replay: judge(second, { id: '1' }), subscribers: judge(first, { id: '1', note: 'n' }) },
    { replay: judge(third, { id: '1' }), subscribers: judge(second, { id: '1', by: 'b' }) },
  ]);
});

test('a change that breaks nobody is not told as one that does', () => {
  const kinds = (values: string[]) => first.extend({ kind: z.enum(values).catch('a') });
  const caught = { ...made, version: 2, data: kinds(['a', 'b']) };
  const pastVersions = [{ type: 'made', version: 1, data: kinds(['a']) }];
  const [found] = versionDifferences({ definitions: { made: caught }, pastVersions, frozen: [] });
  expect(kinds(['a']).safeParse({ id: '1', kind: 'b' }).success).toBe(true);
  expect(found?.differences).toMatchObject([{ rule: 'ENUM_WIDENED', severity: 'info' }]);
});

test('what was frozen counts, and not what the code says of it now', () => {
  const changed = [{ type: 'made', version: 1, data: z.object({ other: z.number() }) }, ...past.slice(1)];
  const frozen = frozenVersionOf({ type: 'made', version: 1, data: first, writer: 'validated' }, '2020-01-01');
  const found = versionDifferences({
    definitions: { made },
    pastVersions: changed,
    frozen: [{ frozen, samples: [] }],
  });
  expect(paths(found)[0]).toEqual([2, [['note', 'FIELD_ADDED_OPTIONAL']]]);
});

test('a version that nobody knows is not compared', () => {
  const found = versionDifferences({ definitions: { made }, pastVersions: past.slice(1), frozen: [] });
  expect(found.map(({ version }) => version)).toEqual([3]);
});
