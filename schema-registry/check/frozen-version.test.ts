import { expect, test } from 'vitest';
import * as z from 'zod';
import { hashOf } from '../comparison/canonical-form.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import { frozenVersionOf, inCurrentForm, type FrozenVersion } from './frozen-version.ts';

const data = z.object({ id: z.string().regex(/^a/i), at: z.iso.datetime(), of: z.array(z.set(z.int())) });
const frozen = frozenVersionOf({ type: 'paid', version: 1, data, writer: 'validated' }, '2026-01-01');
const odd = { shape: { kind: 'any' as const } };
/** As frozen in a form that did not consider this content. */
const blind: FrozenVersion = {
  ...frozen,
  form: frozen.form === undefined ? 9 : frozen.form + 1,
  canonical: { writer: odd, reader: odd },
  sha256: hashOf({ writer: odd, reader: odd }),
};

test('a version is frozen with the number of the canonical form', () => {
  expect(frozen.form).toBe(1);
});

test('what was frozen in another form is read anew from its renderings', () => {
  expect(inCurrentForm(blind)).toEqual(frozen);
  expect(inCurrentForm(blind).sha256).toBe(describedSchema(data).sha256);
});

test('what was frozen in this form, or before forms had numbers, is taken as it is', () => {
  const { form: _, ...unnumbered } = blind;
  expect(inCurrentForm(unnumbered)).toBe(unnumbered);
  expect(inCurrentForm(frozen)).toBe(frozen);
});
