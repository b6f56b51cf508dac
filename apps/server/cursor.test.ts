import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFigtreeError } from '../../events/errors.ts';
import { cursors, type CursorCodec } from './cursor.ts';
import { parkedCursor } from './parked-answers.ts';

const sequence = fc.stringMatching(/^[0-9]{20}$/);
const id = fc.stringMatching(/^[0-9a-f]{24}$/);

const codecs = { ...cursors, parked: parkedCursor };

const examples: { readonly [Kind in keyof typeof codecs]: fc.Arbitrary<object> } = {
  feed: fc.record({ sequence, yublId: id, shown: fc.nat() }),
  yubls: fc.record({ sequence, yublId: id }),
  followers: fc.record({ sequence, userId: id }),
  following: fc.record({ sequence, userId: id }),
  userSearch: fc.record({ token: fc.string(), userId: id }),
  yublSearch: fc.record({ sequence, yublId: id }),
  events: fc.record({ position: fc.nat() }),
  parked: fc.record({ projection: fc.constantFrom('feed', 'relationships', 'search'), position: fc.nat() }),
  quarantine: fc.record({ id: fc.nat() }),
};

const kinds = Object.keys(examples) as (keyof typeof codecs)[];
const codecOf = (kind: keyof typeof codecs) => codecs[kind] as CursorCodec<object>;

function isRefused(kind: keyof typeof codecs, text: string): boolean {
  try {
    codecOf(kind).decode(text);
    return false;
  } catch (error) {
    return isFigtreeError(error, 'CURSOR_INVALID');
  }
}

describe('a cursor', () => {
  it.each(kinds)('of %s comes back as it was, and is plain text for a URL', (kind) => {
    fc.assert(
      fc.property(examples[kind], (cursor) => {
        const text = codecOf(kind).encode(cursor);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(codecOf(kind).decode(text)).toEqual(cursor);
      }),
    );
  });

  it.each(kinds)('of %s is refused by every other list', (kind) => {
    const others = kinds.filter((other) => other !== kind);
    const refusedElsewhere = fc.property(examples[kind], (cursor) => {
      const text = codecOf(kind).encode(cursor);
      return others.every((other) => isRefused(other, text));
    });
    expect(fc.check(refusedElsewhere)).toMatchObject({ failed: false });
  });

  it.each(kinds)('of %s is refused when it was made up', (kind) => {
    const text = fc.property(fc.string(), (made) => isRefused(kind, made));
    const json = fc.property(fc.json(), (made) => isRefused(kind, Buffer.from(made).toString('base64url')));
    expect(fc.check(text)).toMatchObject({ failed: false });
    expect(fc.check(json)).toMatchObject({ failed: false });
  });

  it('is refused when a part of it was changed', () => {
    const changed = (values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');
    const good: unknown[] = ['feed', '0'.repeat(20), 'a'.repeat(24), 3];
    expect(isRefused('feed', changed(good))).toBe(false);
    for (const [index, wrong] of [
      [1, '1'],
      [1, null],
      [2, 'A'.repeat(24)],
      [3, -1],
      [3, 1.5],
      [3, '3'],
    ] as const) {
      expect(isRefused('feed', changed(good.with(index, wrong)))).toBe(true);
    }
    expect(isRefused('feed', changed([...good, 1]))).toBe(true);
    expect(isRefused('feed', changed(good.slice(0, 3)))).toBe(true);
  });
});
