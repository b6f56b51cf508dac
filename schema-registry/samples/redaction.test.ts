import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { redacted, roundedLength } from './redaction.ts';
import { collectShapes } from './sample-picking.ts';
import { wireSchemaOf } from './wire-schema.ts';

const pii = { pii: true };
const contact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mail'), to: z.email().meta(pii) }),
  z.object({ kind: z.literal('id'), to: z.string() }),
]);
const person = z.object({
  id: z.string(),
  name: z.string().min(1).max(200).meta(pii),
  nick: z.string().meta(pii).nullable().optional(),
  age: z.int().meta(pii).optional(),
  tags: z.array(z.string().meta(pii)).optional(),
  address: z
    .object({ street: z.string(), lines: z.record(z.string(), z.string()) })
    .meta(pii)
    .optional(),
  contact: contact.optional(),
});
const schema = wireSchemaOf(person);
const copy = (data: z.input<typeof person>, seed = 1) => redacted(data, schema, seed) as z.output<typeof person>;

describe('redaction', () => {
  test('makes up what is personal and keeps the rest', () => {
    const data = { id: 'u1', name: 'Ada Lovelace', nick: null, contact: { kind: 'id' as const, to: 'x7' } };
    const made = copy(data);
    expect(made).toEqual({ ...data, name: expect.stringMatching(/^[a-z ]{10}$/) });
    expect(copy(data)).toEqual(made);
  });

  test('reaches into lists, unions and all of what lies in something personal', () => {
    const made = copy({
      id: 'u1',
      name: 'Ada',
      age: 36,
      tags: ['countess', ''],
      address: { street: 'St James Square', lines: { Ada: 'Marylebone' } },
      contact: { kind: 'mail', to: 'ada@lovelace.example.org' },
    });
    expect(JSON.stringify(made)).not.toMatch(/ada|countess|james|marylebone|lovelace|36/i);
    expect(made).toMatchObject({ id: 'u1', age: 10, contact: { kind: 'mail' } });
    expect(made.tags?.[1]).toBe('');
    expect(person.safeParse(made).success).toBe(true);
  });

  test('makes up texts that nobody declared', () => {
    const made = redacted({ id: 'u1', name: 'x', phone: '555-1234', extra: { who: 'Babbage' } }, schema, 1);
    expect(JSON.stringify(made)).not.toMatch(/555|Babbage/);
    expect(Object.keys(made as object)).toEqual(['id', 'name', 'phone', 'extra']);
  });

  test('is of the same length class, of the same kind of characters, and taken by the parser', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((name) => name.length <= 200);
    fc.assert(
      fc.property(names, fc.nat(), (name, seed) => {
        const made = copy({ id: 'u1', name }, seed).name;
        expect(person.shape.name.safeParse(made).success).toBe(true);
        expect(roundedLength(made.length)).toBe(roundedLength(name.length));
        expect(made.isWellFormed()).toBe(true);
        expect(made.trim() === '').toBe(name.trim() === '');
        if (made.length > 10 && /[\u{10000}-\u{10ffff}]/u.test(name)) expect(made).toMatch(/[\u{10000}-\u{10ffff}]/u);
      }),
    );
    expect(copy({ id: 'u1', name: 'x'.repeat(200) }).name).toHaveLength(200);
  });
});

describe('samples of a log', () => {
  const pick = (count: number, ...events: z.input<typeof person>[]) => {
    const shapes = collectShapes();
    events.forEach((data, at) => shapes.add({ position: at + 1, data }));
    return shapes.pick(count, { schema, seed: 1 });
  };

  test('differ in shape: what is like another is left out', () => {
    const plain = { id: 'a', name: 'Ada' };
    const picked = pick(10, plain, { id: 'b', name: 'Bob' }, { ...plain, nick: null }, plain, {
      ...plain,
      nick: 'é'.normalize('NFD'),
    });
    expect(picked.map(({ data }) => Object.keys(data as object))).toEqual(
      expect.arrayContaining([
        ['id', 'name'],
        ['id', 'name', 'nick'],
        ['id', 'name', 'nick'],
      ]),
    );
    expect(picked).toHaveLength(3);
    expect(picked.every(({ origin }) => origin === 'log')).toBe(true);
  });

  test('are those that add most, where only a few are wanted', () => {
    const usual = Array.from({ length: 20 }, (_, at) => ({ id: 'a', name: 'x'.repeat(1 + at) }));
    const rich = { id: '', name: '\u{1f333}', nick: 'n', age: -3, tags: ['a'] };
    const [first] = pick(1, ...usual, rich);
    expect(first?.data).toMatchObject({ id: '', age: -1 });
    expect(first?.name).toContain('#21');
  });

  test('hold nothing of what is personal, in their names either', () => {
    const picked = pick(5, { id: 'a', name: 'Lovelace' }, { id: 'b', name: 'Ada', tags: ['countess'] });
    expect(JSON.stringify(picked)).not.toMatch(/lovelace|ada|countess/i);
  });
});
