import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { compareVersions, type VersionForm } from './comparison.ts';
import { describedSchema } from './described-schema.ts';
import { expectJudged, formOf } from './testing/zod-judge.ts';

// Aspects that zod's rendering omits or does not distinguish, and that the registry marks.

describe('flags of a pattern', () => {
  const plain = z.object({ x: z.string().regex(/^a$/) });
  const flagged = z.object({ x: z.string().regex(/^a$/i) });
  const both = z.object({ x: z.string().regex(/^a$/i).regex(/^a$/g) });
  const named = z.object({ x: z.record(z.string().regex(/^a$/i), z.int()) });
  const one = (schema: z.ZodObject, x: unknown) => schema.safeParse({ x }).success;

  test('decide what it matches', () => {
    expect([one(plain, 'A'), one(flagged, 'A')]).toEqual([false, true]);
    expect(describedSchema(flagged).sha256).not.toBe(describedSchema(plain).sha256);
    const found = compareVersions(formOf(flagged), formOf(plain));
    expect([found.replay, found.subscribers]).toEqual(['breaks', 'breaks']);
    expect(found.changes.map(({ rule }) => rule)).toEqual(['CONSTRAINT_TIGHTENED', 'CONSTRAINT_LOOSENED']);
  });

  test('are told apart where several patterns stand together', () => {
    expect([one(both, 'A'), one(both, 'a')]).toEqual([false, true]);
    expect(compareVersions(formOf(both), formOf(plain)).replay).toBe('safe');
    expect(compareVersions(formOf(flagged), formOf(both)).replay).toBe('breaks');
  });

  test('count for the keys of a record', () => {
    expect([one(named, { A: 1 }), one(named, { b: 1 })]).toEqual([true, false]);
    const narrow = z.object({ x: z.record(z.string().regex(/^a$/), z.int()) });
    expect(compareVersions(formOf(named), formOf(narrow)).replay).toBe('breaks');
  });

  test('are heeded where a value is tried', () => {
    const literal = z.object({ x: z.literal('A') });
    expect(compareVersions(formOf(literal), formOf(flagged)).replay).toBe('safe');
    expect(compareVersions(formOf(literal), formOf(plain)).replay).toBe('breaks');
  });
});

describe('records of named keys', () => {
  const ways = z.enum(['a', 'b']);
  const all = z.object({ x: z.record(ways, z.int()) });
  const some = z.object({ x: z.partialRecord(ways, z.int()) });
  const empty = z.object({ x: z.record(ways, z.int().optional()) });
  const filled = z.object({ x: z.record(ways, z.int().default(1)) });

  test.each([
    ['all to some', all, some, 'safe', 'breaks', 'FIELD_MADE_OPTIONAL'],
    ['some to all', some, all, 'breaks', 'safe', 'FIELD_MADE_REQUIRED'],
    ['all to values that may lack', all, empty, 'safe', 'breaks', 'FIELD_MADE_OPTIONAL'],
    ['values that may lack to all', empty, all, 'breaks', 'safe', 'FIELD_MADE_REQUIRED'],
    ['all to a default', all, filled, 'safe', 'safe', 'FIELD_MADE_OPTIONAL'],
  ] as const)('%s', (...[, before, after, replay, subscribers, rule]) => {
    const found = compareVersions(formOf(before), formOf(after));
    expect([found.replay, found.subscribers]).toEqual([replay, subscribers]);
    expect(found.changes.map((change) => change.rule)).toContain(rule);
    expectJudged(before, after, found.replay);
    expectJudged(after, before, found.subscribers);
  });

  test('a new one that may be partial needs no key', () => {
    expect(some.safeParse({ x: {} }).success).toBe(true);
    const [before, after] = [z.object({ x: z.partialRecord(z.enum(['a']), z.int()) }), some];
    const found = compareVersions(formOf(before), formOf(after));
    expect(found.changes).toMatchObject([{ rule: 'FIELD_ADDED_OPTIONAL', path: 'x.b' }]);
    expectJudged(before, after, found.replay);
    expectJudged(after, before, found.subscribers);
  });
});

describe('what JSON cannot hold', () => {
  test.each<[string, z.ZodType, z.ZodType]>([
    ['set', z.set(z.string()), z.set(z.int())],
    ['size of a set', z.set(z.string()), z.set(z.string()).max(3)],
    ['map', z.map(z.string(), z.int()), z.map(z.string(), z.string())],
    ['bigint', z.bigint(), z.bigint().max(5n)],
    ['other bigint', z.bigint().max(4n), z.bigint().max(5n)],
    ['date', z.date(), z.date().min(new Date(0))],
    ['literal', z.literal(5n), z.literal(6n)],
  ])('is a change that is told, and unproven: %s', (_, before, after) => {
    const forms = [before, after].map((x) => formOf(z.object({ x }))) as [VersionForm, VersionForm];
    expect(compareVersions(...forms)).toMatchObject({
      replay: 'unproven',
      subscribers: 'unproven',
      changes: [{ rule: 'REFINEMENT_CHANGED', path: 'x' }],
    });
    expect(describedSchema(before).sha256).not.toBe(describedSchema(after).sha256);
  });

  test('is unproven unchanged as well, for zod does not read it back', () => {
    const dated = z.object({ x: z.date() });
    expect(dated.safeParse(JSON.parse(JSON.stringify({ x: new Date(0) }))).success).toBe(false);
    expect(compareVersions(formOf(dated), formOf(dated)).replay).toBe('unproven');
  });

  test('is the same for the same bounds in another order', () => {
    const sizes = [z.set(z.string()).min(1).max(3), z.set(z.string()).max(3).min(1)];
    expect(new Set(sizes.map((schema) => describedSchema(schema).sha256)).size).toBe(1);
  });
});
