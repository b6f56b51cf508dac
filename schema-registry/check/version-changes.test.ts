import { expect, test } from 'vitest';
import * as z from 'zod';
import { frozenVersionOf } from './frozen-version.ts';
import { versionChanges } from './version-changes.ts';

const frozen = (data: z.ZodObject, version = 1) =>
  frozenVersionOf({ type: 'paid', version, data, writer: 'validated' }, '2026-01-01');

test('documentation is told apart from what decides', () => {
  const before = z.object({ id: z.string().describe('a payment'), by: z.array(z.object({ name: z.string() })) });
  const after = z
    .object({ id: z.string().describe('the payment'), by: z.array(z.object({ name: z.string().meta({ pii: true }) })) })
    .meta({ title: 'Paid' });
  const found = versionChanges(frozen(before), frozen(after, 2));
  expect(found).toMatchObject({ replay: 'safe', subscribers: 'safe' });
  expect(found.changes.map(({ rule, path, message }) => [rule, path, message])).toEqual([
    ['DOC_CHANGED', '', 'the whole has a different title'],
    ['DOC_CHANGED', 'id', 'id has a different description'],
    ['DOC_CHANGED', 'by[].name', 'by[].name has a different pii'],
  ]);
  // No reader depends on it, so it is not a new version.
  expect(frozen(before).sha256).toBe(frozen(after).sha256);
});

test('several changes are told one by one, each with what it breaks', () => {
  const before = z.object({ userName: z.string(), way: z.enum(['card', 'cash']), cents: z.number() });
  const after = z.object({ user: z.string(), way: z.enum(['card', 'cash', 'gift']), cents: z.int() });
  const { changes } = versionChanges(frozen(before), frozen(after, 2));
  expect(changes.map(({ rule, path, replay, subscribers }) => [rule, path, replay, subscribers])).toEqual([
    ['FIELD_RENAMED', 'userName', 'breaks', 'breaks'],
    ['CONSTRAINT_TIGHTENED', 'cents', 'breaks', 'safe'],
    ['ENUM_WIDENED', 'way', 'safe', 'breaks'],
  ]);
});

test('of several that went and came the alike ones are taken for a rename, and the others are not', () => {
  const before = z.object({ firstName: z.string(), age: z.string() });
  const after = z.object({ givenName: z.string(), color: z.string() });
  const { changes } = versionChanges(frozen(before), frozen(after, 2));
  expect(changes.map(({ rule, path }) => [rule, path])).toEqual([
    ['FIELD_RENAMED', 'firstName'],
    ['FIELD_REMOVED_REQUIRED', 'age'],
    ['FIELD_ADDED_REQUIRED', 'color'],
  ]);
});
