import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import type { UndeclaredKey } from './log-scan.ts';
import { shadowedKeys } from './shadowed-keys.ts';

// user-joined with an intended change: a second version with new fields.
const joined = catalog['user-joined'] as EventDefinition;
const changed: EventDefinition = {
  ...joined,
  version: 2,
  data: joined.data.extend({
    invites: z.int().optional(),
    nickname: z.string().nullable().optional(),
    mood: z.enum(['good', 'bad']).optional(),
    anything: z.unknown().optional(),
    places: z.array(z.object({ city: z.string() })).optional(),
  }),
};
const code = { current: new Map([['user-joined', changed]]), past: [] };

function stored(path: string, jsonTypes: Record<string, number>, version = 1): UndeclaredKey {
  const count = Object.values(jsonTypes).reduce((sum, each) => sum + each, 0);
  return { type: 'user-joined', version, path, jsonTypes, count, first: { position: 7 } };
}

describe('a new field whose name stored events hold undeclared', () => {
  test.each([
    ['takes their type', 'data.invites', { number: 3 }, 'warns'],
    ['is of another type', 'data.invites', { string: 3 }, 'fails'],
    ['takes some of them', 'data.invites', { number: 2, string: 1 }, 'fails'],
    ['takes null as well', 'data.nickname', { string: 1, null: 1 }, 'warns'],
    ['does not take null', 'data.invites', { null: 1 }, 'fails'],
    ['is one of a few texts', 'data.mood', { string: 1 }, 'warns'],
    ['takes everything', 'data.anything', { object: 1, string: 1 }, 'warns'],
    ['stands in a list', 'data.places[].city', { number: 1 }, 'fails'],
  ])('that %s', (...[, path, jsonTypes, outcome]) => {
    expect(shadowedKeys([stored(path, jsonTypes)], code)).toMatchObject([
      { rule: 'FIELD_ADDED_SHADOWS_UNDECLARED', outcome, type: 'user-joined', version: 1, path },
    ]);
  });

  test('is told with what was found, and where first', () => {
    const [finding] = shadowedKeys([stored('data.invites', { string: 2, number: 1 })], code);
    expect(finding?.message).toContain('2 × string, 1 × number, first at 7');
  });
});

test.each([
  ['nobody wants', stored('data.likes', { number: 1 })],
  ['an event of the same version holds', stored('data.invites', { string: 1 }, 2)],
  ['an event that is no more holds', { ...stored('data.invites', { string: 1 }), type: 'user-waved' }],
])('a key that %s is nothing to worry about', (_, key) => expect(shadowedKeys([key], code)).toEqual([]));
