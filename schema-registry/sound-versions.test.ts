import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog } from '../events/catalog.ts';
import { defineEvent, type EventDefinition } from '../events/define-event.ts';
import type { PastVersion } from './past-version.ts';
import { pastVersions } from './past-versions.ts';
import { requireSoundVersions } from './sound-versions.ts';

const data = z.object({ id: z.string() });

function event(type: string, changes: Partial<EventDefinition> = {}): EventDefinition {
  const declared = { type, version: 1, owner: 'nobody', summary: 'A sample.', data, examples: [] };
  const definition: EventDefinition = defineEvent({
    ...declared,
    subject: ({ id }) => id,
    partitionKey: ({ id }) => id,
  });
  return { ...definition, ...changes };
}

const past = (version: number, changes: object = {}): PastVersion => ({
  type: 'yubl-posted',
  version,
  data,
  upcast: () => [],
  ...changes,
});

const third = { 'yubl-posted': event('yubl-posted', { version: 3 }) };
const deprecated = (deprecation?: object) => ({
  'user-left': event('user-left'),
  'yubl-posted': event('yubl-posted', { status: 'deprecated', ...(deprecation && { deprecation }) } as object),
});

describe('versions are refused', () => {
  test.each<[string, Record<string, EventDefinition>, PastVersion[], RegExp]>([
    [
      'with a gap at the start',
      third,
      [past(2)],
      /version 1 of yubl-posted is missing, 3 is current: add .*yubl-posted-1.ts/,
    ],
    ['with a gap before the current one', third, [past(1)], /version 2 of yubl-posted is missing/],
    ['with none of the past ones', third, [], /version 1 of yubl-posted is missing.*\(and 1 more\)/],
    ['with two steps from one', third, [past(1), past(2), past(1)], /version 1 of yubl-posted is declared twice/],
    ['with a step from the current one', third, [past(1), past(2), past(3)], /version 3 of yubl-posted is not past/],
    [
      'with a step from one that is to come',
      third,
      [past(1), past(2), past(9)],
      /version 9 of yubl-posted is not past/,
    ],
    [
      'with a step from before the first',
      third,
      [past(0), past(1), past(2)],
      /version 0 of yubl-posted is not a version/,
    ],
    ['with half a version', third, [past(1), past(1.5), past(2)], /version 1.5 of yubl-posted is not a version/],
    [
      'with an event that nobody knows',
      third,
      [past(1), past(2), past(1, { type: 'yubl-liked' })],
      /yubl-liked.*not in the catalog/,
    ],
    [
      'with a name that every object has',
      third,
      [past(1), past(2), past(1, { type: 'toString' })],
      /toString.*not in the catalog/,
    ],
    [
      'with a step to an event that nobody knows',
      third,
      [past(1), past(2, { becomes: ['x'] })],
      /becomes x, which is not/,
    ],
    ['with a current one below 1', { a: event('a', { version: 0 }) }, [], /a has version 0/],
    ['with a current one that is no number', { a: event('a', { version: Number.NaN }) }, [], /a has version NaN/],
    [
      'with two events of one name',
      { a: event('a'), b: event('a') },
      [],
      /lists a under the name b.*two events have the same name/,
    ],
    ['with an event under another name', { b: event('a') }, [], /lists a under the name b: list it/],
    ['deprecated without a day', deprecated(), [], /needs deprecation/],
    ['deprecated on a day that is none', deprecated({ sunset: '2027-02-30' }), [], /YYYY-MM-DD/],
    ['deprecated in words', deprecated({ sunset: 'soon' }), [], /"soon"/],
    ['deprecated for itself', deprecated({ sunset: '2027-01-01', replacedBy: 'yubl-posted' }), [], /by itself/],
    [
      'deprecated for nothing',
      deprecated({ sunset: '2027-01-01', replacedBy: 'x' }),
      [],
      /replaced by x, which is not/,
    ],
    [
      'active with a sunset',
      { a: event('a', { deprecation: { sunset: '2027-01-01' } }) },
      [],
      /a is active but has a deprecation/,
    ],
  ])('%s', (...[, definitions, versions, message]) => {
    expect(() => requireSoundVersions(definitions, versions)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test('with the type and the version, for programs', () => {
    try {
      requireSoundVersions(third, [past(1)]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ details: { type: 'yubl-posted', version: 2 } });
    }
  });
});

test('versions that lead to the current one are taken, in whatever order they are named', () => {
  expect(() => requireSoundVersions(third, [past(2), past(1)])).not.toThrow();
  const leapDay = deprecated({ sunset: '2028-02-29', replacedBy: 'user-left' });
  expect(() => requireSoundVersions(leapDay, [])).not.toThrow();
});

test('the catalog is sound', () => expect(() => requireSoundVersions(catalog, pastVersions)).not.toThrow());
