import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { randomRuns } from '../../ports/contracts/random-runs.ts';
import { compareVersions, type Outcome } from './comparison.ts';
import { describedSchema } from './described-schema.ts';
import { built, edit, edited, object, type ObjectModel } from './testing/random-schemas.ts';
import { written } from './testing/zod-values.ts';

const PAIRS = randomRuns(250);

const pairs = fc
  .tuple(object, fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([before, edits]): [ObjectModel, ObjectModel] => [before, edits.reduce(edited, before)]);

const formOf = (schema: z.ZodType) => ({
  canonical: describedSchema(schema).canonical,
  published: 'validated' as const,
});

// A verdict may warn of what never occurs, in two known cases: nothing can be written there at all (bounds and pattern
// exclude each other, or allow only values that the generator does not find), or an earlier branch of a union converts
// everything into its own type, so that a later one never writes.
const FALSE_ALARMS_MAX = 0.04;

test('whatever is edited in whatever way, zod never contradicts a verdict', () => {
  const tally = { safe: 0, breaks: 0, unproven: 0, falseAlarms: 0 };
  const judge = (writer: z.ZodType, reader: z.ZodType, outcome: Outcome) => {
    const values = written(writer, { otherKeys: ['a', 'b', 'c', 'd'], count: 80 });
    const refused = values.filter((value) => !reader.safeParse(value).success);
    tally[outcome] += 1;
    if (outcome === 'safe') expect(refused).toEqual([]);
    if (outcome === 'breaks' && refused.length === 0) {
      const more = written(writer, { otherKeys: ['a', 'b', 'c', 'd'], count: 3000, seed: 2 });
      if (more.every((value) => reader.safeParse(value).success)) tally.falseAlarms += 1;
    }
  };
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      const [before, after] = [built(a), built(b)];
      const found = compareVersions(formOf(before), formOf(after));
      judge(before, after, found.replay);
      judge(after, before, found.subscribers);
      // Every break is named: by a rule with a path.
      const named = (what: 'replay' | 'subscribers') => found.changes.some((change) => change[what] === found[what]);
      if (found.replay !== 'safe') expect(named('replay')).toBe(true);
      if (found.subscribers !== 'safe') expect(named('subscribers')).toBe(true);
    }),
    { numRuns: PAIRS, seed: 20261124 },
  );
  expect(tally.falseAlarms / tally.breaks).toBeLessThan(FALSE_ALARMS_MAX);
  // All three were covered.
  expect(Math.min(tally.safe, tally.breaks)).toBeGreaterThan(PAIRS / 3);
});
