import { expect, test } from 'vitest';
import * as z from 'zod';
import * as zod44 from 'zod-4-4';
import { defineEvent } from '../../events/define-event.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import type { AnyDefinition } from './freezing.ts';
import { frozenVersionOf, zodVersion, type FrozenVersion } from './frozen-version.ts';
import { driftInWords, renderingDrift } from './rendering-drift.ts';

const old = zod44 as unknown as typeof z;

/** The data of two events, built with the given release. */
const schemas = (zod: typeof z) => ({
  mailed: zod.object({ to: zod.email(), at: zod.iso.datetime({ offset: true }), subject: zod.string().nullable() }),
  counted: zod.object({ id: zod.string(), count: zod.int() }),
});

function catalogOf(data: Record<string, z.ZodObject>): AnyDefinition[] {
  return Object.entries(data).map(([type, schema]) =>
    defineEvent({
      type,
      version: 1,
      owner: 'nobody',
      summary: 'A sample.',
      data: schema,
      subject: () => 'a',
      partitionKey: () => 'a',
      examples: [],
    }),
  );
}

/** As zod 4.4.3 would have frozen them. */
const frozenThen: FrozenVersion[] = Object.entries(schemas(old)).map(([type, data]) => {
  const { sha256, canonical, rendered } = describedSchema(data, old);
  const about = { type, version: 1, frozenOn: '2026-01-01', zod: '4.4.3', published: 'validated' as const };
  return { ...about, sha256, canonical, ...rendered };
});

test('another release of zod changes renderings and no versions', () => {
  const drift = renderingDrift(catalogOf(schemas(z)), frozenThen);
  expect(drift).toEqual({ from: ['4.4.3'], to: zodVersion, semanticChanges: 0, renderingsChanged: 1 });
  expect(drift && driftInWords(drift)).toBe(`zod 4.4.3 → ${zodVersion}: 0 semantic changes, 1 rendering changed`);
});

test('a real change beside it is counted as one', () => {
  const changed = { ...schemas(z), counted: z.object({ id: z.string(), count: z.number() }) };
  expect(renderingDrift(catalogOf(changed), frozenThen)).toMatchObject({ semanticChanges: 1, renderingsChanged: 2 });
});

test('with the release that froze them there is nothing to tell', () => {
  const definitions = catalogOf(schemas(z));
  const frozen = definitions.map((definition) => frozenVersionOf(definition, '2026-01-01'));
  expect(renderingDrift(definitions, frozen)).toBeUndefined();
});
