import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent, type EventDefinition } from '../../events/define-event.ts';
import type { PastVersion } from '../past-version.ts';
import { exampleFindings } from './definition-check.ts';
import { checkCatalog, type CheckInput } from './catalog-check.ts';
import { planFreezing } from './freezing.ts';

const today = '2026-03-01';
const data = z.object({ id: z.string(), cents: z.int().min(1) });

function paid(changes: Partial<EventDefinition> = {}, examples: readonly unknown[] = [{ id: 'a', cents: 1 }]) {
  const declared = { type: 'paid', version: 1, owner: 'shop', summary: 'Somebody paid.', data };
  const definition = defineEvent({
    ...declared,
    subject: ({ id }) => id,
    partitionKey: ({ id }) => id,
    examples: examples as { id: string; cents: number }[],
  }) as unknown as EventDefinition;
  return { ...definition, ...changes };
}

const past = (version: number, changes: object = {}) =>
  ({
    type: 'paid',
    version,
    data,
    upcast: (old: object) => [{ type: 'paid', data: old }],
    ...changes,
  }) as unknown as PastVersion;

function freeze(definition: EventDefinition, pastVersions: readonly PastVersion[] = []) {
  return planFreezing({ definitions: [definition], pastVersions, frozen: [], today });
}

function check(definition: EventDefinition, more: Partial<CheckInput> = {}) {
  const { findings } = checkCatalog({
    definitions: [definition],
    pastVersions: [],
    frozen: freeze(paid()).writes,
    subscribers: [],
    waivers: [],
    damages: [],
    today,
    ...more,
  });
  for (const { file, remedy, message } of findings) expect([file, remedy, message]).not.toContain('');
  return findings
    .filter(({ outcome }) => outcome === 'fails')
    .map(({ rule, file, path }) => `${rule} ${file} ${path}`.trim());
}

test('a definition that says everything passes', () => expect(check(paid())).toEqual([]));

describe('a definition fails', () => {
  const broken = () => {
    throw new Error('no id');
  };
  test.each<[string, EventDefinition, string[]]>([
    ['without an owner', paid({ owner: ' ' }), ['OWNER_MISSING events/paid.ts owner']],
    ['without a summary', paid({ summary: '' }), ['SUMMARY_MISSING events/paid.ts summary']],
    ['without an example', paid({}, []), ['EXAMPLE_MISSING events/paid.ts examples']],
    [
      'with an example that the schema refuses',
      paid({}, [
        { id: 'a', cents: 1 },
        { id: 'a', cents: 0 },
      ]),
      ['EXAMPLE_REFUSED events/paid.ts examples.1.cents'],
    ],
    ['whose subject throws', paid({ subject: broken }), ['KEY_FAILED events/paid.ts subject']],
    [
      'whose key is no text',
      paid({ partitionKey: () => undefined as unknown as string }),
      ['KEY_FAILED events/paid.ts partitionKey'],
    ],
  ])('%s', (_, definition, expected) => expect(check(definition)).toEqual(expected));

  test('not with an example that the schema changes, which is told and may be frozen', () => {
    const definition = paid({}, [{ id: 'a', cents: 1, note: 'x' }]);
    expect(exampleFindings(definition)).toMatchObject([
      { rule: 'EXAMPLE_CHANGED', outcome: 'warns', path: 'examples.0.note' },
    ]);
    expect(check(definition)).toEqual([]);
    expect(freeze(definition).refusals).toEqual([]);
  });

  test('and is not frozen with a bad example', () => {
    const { writes, refusals } = freeze(paid({}, [{ id: 'a', cents: 0 }]));
    expect(writes).toEqual([]);
    expect(refusals).toMatchObject([
      { message: expect.stringMatching(/invalid example.*examples\.0\.cents.*events\/paid.ts/) },
    ]);
  });
});

describe('versions fail', () => {
  const second = paid({ version: 2 });
  const frozen = freeze(second, [past(1)]).writes;

  test('that went back behind a frozen one', () => {
    expect(check(paid(), { frozen })).toEqual(['VERSION_WENT_BACK events/paid.ts version']);
  });

  test('that are a draft again, and their schema is looked at all the same', () => {
    const draft = { status: 'draft' } as const;
    expect(check(paid(draft))).toEqual(['DRAFT_WAS_FROZEN events/paid.ts status']);
    expect(check(paid({ ...draft, data: data.extend({ note: z.string() }) }, []))).toEqual(
      expect.arrayContaining(['SCHEMA_CHANGED events/paid.ts note']),
    );
    expect(check(paid({ ...draft, owner: '' }), { frozen: [] })).toEqual([]);
  });

  const unsound = (definition: EventDefinition, more: Partial<CheckInput>) =>
    check(definition, more).filter((finding) => finding.startsWith('CATALOG_UNSOUND'));
  test.each<[string, EventDefinition, Partial<CheckInput>, string]>([
    ['of which one is there twice', second, { pastVersions: [past(1), past(1)] }, 'past-versions.ts version'],
    ['of which the current one is past', second, { pastVersions: [past(1), past(2)] }, 'past/paid-2.ts version'],
    ['of an unknown event', paid(), { pastVersions: [past(1, { type: 'sold' })] }, 'past/sold-1.ts type'],
    ['with a gap', second, { frozen: [] }, 'past-versions.ts'],
    [
      'that become what nobody knows',
      second,
      { pastVersions: [past(1, { becomes: ['x'] })] },
      'past/paid-1.ts becomes',
    ],
  ])('%s', (...[, definition, more, expected]) => {
    expect(unsound(definition, { frozen, ...more })).toEqual([`CATALOG_UNSOUND schema-registry/${expected}`]);
  });

  test.each<[string, EventDefinition, Partial<CheckInput>, string]>([
    [
      'that end on no day',
      paid({ status: 'deprecated', deprecation: { sunset: 'soon' } }),
      {},
      'paid.ts deprecation.sunset',
    ],
    [
      'that end for an unknown event',
      paid({ status: 'deprecated', deprecation: { sunset: '2027-01-01', replacedBy: 'sold' } }),
      {},
      'paid.ts deprecation.replacedBy',
    ],
    ['under another name', paid(), { listed: { bought: paid() } }, 'catalog.ts bought'],
  ])('%s', (...[, definition, more, expected]) => {
    expect(check(definition, more)).toEqual([`CATALOG_UNSOUND events/${expected}`]);
  });

  test('and no waiver stands for that', () => {
    const waiver = { rule: 'CATALOG_UNSOUND', type: 'paid', path: '', reason: 'later', owner: 'shop', expires: today };
    expect(check(second, { waivers: [waiver] })).toContain('UPCASTER_MISSING schema-registry/frozen/paid/1.json');
    expect(unsound(second, { frozen: [], waivers: [waiver] })).toHaveLength(1);
  });
});
