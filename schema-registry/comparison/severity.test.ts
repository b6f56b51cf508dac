import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { compareVersions } from './comparison.ts';
import type { ChangeRule, Severity } from './rules.ts';
import { formOf } from './testing/zod-judge.ts';
import { written } from './testing/zod-values.ts';

const text = z.string();

describe('how bad a change is', () => {
  const [few, many] = [z.enum(['a']), z.enum(['a', 'b'])];
  test.each<[string, z.ZodRawShape, z.ZodRawShape, ChangeRule, Severity]>([
    ['an enum that is widened', { x: few }, { x: many }, 'ENUM_WIDENED', 'error'],
    ['the same before a reader that catches', { x: few.catch('a') }, { x: many.catch('a') }, 'ENUM_WIDENED', 'info'],
    [
      'the same before one with a branch for others',
      { x: z.union([few, text]) },
      { x: z.union([many, text]) },
      'ENUM_WIDENED',
      'info',
    ],
    ['an enum that is narrowed', { x: many }, { x: few }, 'ENUM_NARROWED', 'error'],
    ['the same where old values are caught', { x: many.catch('a') }, { x: few.catch('a') }, 'ENUM_NARROWED', 'warn'],
    ['a renaming', { name: text }, { names: text }, 'FIELD_RENAMED', 'error'],
    ['that of an optional field', { name: text.optional() }, { names: text.optional() }, 'FIELD_RENAMED', 'warn'],
    ['what is removed', { x: text.optional() }, {}, 'FIELD_REMOVED_OPTIONAL', 'warn'],
    ['what is added', {}, { x: text.optional() }, 'FIELD_ADDED_OPTIONAL', 'info'],
    ['a type that only data can judge', { x: text.catch('') }, { x: z.coerce.number() }, 'TYPE_CHANGED', 'warn'],
    ['a default', { x: text.default('a') }, { x: text.default('b') }, 'DEFAULT_CHANGED', 'warn'],
  ])('%s', (...[, a, b, rule, severity]) => {
    const [before, after] = [z.object(a), z.object(b)];
    const found = compareVersions(formOf(before), formOf(after));
    expect(found.changes.find((change) => change.rule === rule)?.severity).toBe(severity);
    const refused = (reader: z.ZodType, writer: z.ZodType) =>
      written(writer, { otherKeys: ['x'] }).some((value) => !reader.safeParse(value).success);
    // Only what zod refuses is an error.
    if (severity === 'error') expect(refused(after, before) || refused(before, after)).toBe(true);
    if (severity === 'info') expect(refused(after, before) || refused(before, after)).toBe(false);
  });

  test('what a strict reader refuses is not without notice', () => {
    const found = compareVersions(formOf(z.strictObject({})), formOf(z.strictObject({ x: text.optional() })));
    expect(found.changes).toMatchObject([{ rule: 'FIELD_ADDED_OPTIONAL', severity: 'warn', subscribers: 'breaks' }]);
  });
});
