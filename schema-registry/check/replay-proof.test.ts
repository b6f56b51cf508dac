import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog, eventTypes } from '../../events/catalog.ts';
import { defineEvent } from '../../events/define-event.ts';
import type { PastVersion } from '../past-version.ts';
import { type GoldenVersion, proofInWords, proveReplay } from './replay-proof.ts';
import { generateSamples } from '../samples/sample-generator.ts';
import { sampleSource } from '../samples/sample-source.ts';
import { type CurrentCode, currentCode, storedReader } from '../stored-reading.ts';

const FROZEN = fileURLToPath(new URL('../frozen', import.meta.url));

/** Every frozen version with the files beside it; one without a file of samples has none. */
function frozenVersions(): GoldenVersion[] {
  if (!existsSync(FROZEN)) return [];
  const types = readdirSync(FROZEN, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return types.flatMap(({ name: type }) =>
    readdirSync(`${FROZEN}/${type}`)
      .filter((file) => /^[0-9]+\.json$/.test(file))
      .map((file) => {
        const samples = `${FROZEN}/${type}/${file.replace('.json', '.samples.json')}`;
        const version = Number(file.replace('.json', ''));
        if (!existsSync(samples)) return { frozen: { type, version }, samples: [] };
        return { frozen: { type, version }, ...(JSON.parse(readFileSync(samples, 'utf8')) as { samples: [] }) };
      }),
  );
}

test('every golden sample of every frozen version is read by the present code', () => {
  expect(proofInWords(proveReplay(frozenVersions(), currentCode)).slice(0, -1)).toEqual([]);
});

test('generated samples of every version that the code knows are read by the present code', () => {
  const versions = [
    ...eventTypes.map((type) => ({ type, version: catalog[type].version })),
    ...currentCode.past.map(({ type, version }) => ({ type, version })),
  ];
  const golden = versions.map(({ type, version }) => ({
    frozen: { type, version },
    samples: generateSamples(sampleSource(type, version, { code: currentCode, frozen: [] }), { seed: 1 }),
  }));
  const proof = proveReplay(golden, currentCode);
  expect(proof.proofs.length).toBeGreaterThan(100);
  expect(proofInWords(proof).slice(0, -1)).toEqual([]);
});

// An event with three past versions: v1 had cents as text, v2 had no currency.
const v3 = defineEvent({
  type: 'paid',
  version: 3,
  owner: 'shop',
  summary: 'Somebody paid.',
  data: z.object({ cents: z.int().min(0), currency: z.string().length(3) }),
  subject: () => 'a',
  partitionKey: () => 'a',
  examples: [],
});
const refunded = defineEvent({
  type: 'refunded',
  version: 1,
  owner: 'shop',
  summary: 'Somebody was paid back.',
  data: z.object({ cents: z.int().max(-1) }),
  subject: () => 'a',
  partitionKey: () => 'a',
  examples: [],
});
type Given = ReturnType<PastVersion['upcast']>;
const past = (version: number, data: z.ZodObject, upcast: (data: Record<string, unknown>) => unknown) =>
  ({
    type: 'paid',
    version,
    data,
    upcast: upcast as unknown as () => Given,
    becomes: ['refunded'],
  }) as unknown as PastVersion;
const v1 = past(1, z.object({ cents: z.string() }), ({ cents }) => {
  if (cents === 'free') return [];
  if (cents === 'boom') throw new Error('no number');
  if (cents === 'half') return { cents: 0.5 };
  if (cents === 'strange') return [{ type: 'lost', data: {} }];
  if (cents === 'other') return [{ type: 'thanked', data: {} }];
  return [{ type: 'paid', data: { cents: Number(cents) } }];
});
const v2 = past(2, z.object({ cents: z.int() }), ({ cents }) =>
  Number(cents) < 0
    ? [{ type: 'refunded', data: { cents } }]
    : [{ type: 'paid', data: { cents, currency: cents === 99 ? '€' : 'EUR' } }],
);
const code: CurrentCode = {
  current: new Map([
    ['paid', v3],
    ['refunded', refunded],
    ['thanked', refunded],
  ] as unknown as [string, typeof v3][]),
  past: [v1, v2],
};
const golden = (version: number, ...data: unknown[]): GoldenVersion => ({
  frozen: { type: 'paid', version },
  samples: data.map((each, at) => ({ name: `sample ${at + 1}`, data: each })),
});

describe('a golden sample', () => {
  test('of an old version goes through all upcasters to the present one', () => {
    expect(storedReader(code)('paid', 1, { cents: '12' })).toEqual({
      kind: 'read',
      events: [{ type: 'paid', data: { cents: 12, currency: 'EUR' } }],
    });
  });

  test('may become another event, or nothing', () => {
    expect(storedReader(code)('paid', 1, { cents: '-5' })).toEqual({
      kind: 'read',
      events: [{ type: 'refunded', data: { cents: -5 } }],
    });
    const proof = proveReplay([golden(1, { cents: 'free' }, { cents: '1' })], code);
    expect(proof.proofs.map(({ outcome }) => outcome)).toEqual(['dropped', 'ok']);
    expect(proof.ok).toBe(true);
    expect(proofInWords(proof)).toEqual(['2 samples: 1 read, 1 dropped by their upcasters, 0 failed.']);
  });

  test.each([
    {
      why: 'its own schema refuses it',
      of: golden(1, { cents: 5 }),
      where: 'past v1 data.cents',
      remedy: /restore the schema of paid v1 in .* to what was frozen/,
    },
    {
      why: 'its upcaster throws',
      of: golden(1, { cents: 'boom' }),
      where: 'upcaster v1 data',
      remedy: /make the upcaster of paid v1/,
    },
    {
      why: 'its upcaster gives no list',
      of: golden(1, { cents: 'half' }),
      where: 'upcaster v1 data',
      remedy: /make the upcaster of paid v1/,
    },
    {
      why: 'its upcaster gives no event',
      of: golden(1, { cents: 'strange' }),
      where: 'upcaster v1 data',
      remedy: /make the upcaster of paid v1/,
    },
    {
      why: 'its upcaster gives an event that it does not name',
      of: golden(1, { cents: 'other' }),
      where: 'upcaster v1 data',
      remedy: /make the upcaster of paid v1/,
    },
    {
      why: 'the version between does not take it',
      of: golden(1, { cents: 'x' }),
      where: 'past v2 data.cents',
      remedy: /make the upcasters of paid from v1 on return what paid v2 accepts/,
    },
    {
      why: 'the present version does not take it',
      of: golden(2, { cents: 99 }),
      where: 'current v3 data.currency',
      remedy: /make the upcasters of paid from v2 on return what paid v3 accepts/,
    },
    {
      why: 'it is of the present version',
      of: golden(3, { cents: 1 }),
      where: 'current v3 data.currency',
      remedy: /loosen the schema of paid v3/,
    },
    {
      why: 'nobody knows its version',
      of: golden(4, {}),
      where: 'version v4 dataschema',
      remedy: /declare paid v4 in schema-registry\/past\/paid-4.ts/,
    },
  ])('fails with the step, the place and the remedy if $why', ({ of, where, remedy }) => {
    const failure = proveReplay([of], code).proofs[0]?.failure;
    expect(`${failure?.step} v${failure?.at.version} ${failure?.path}`).toBe(where);
    expect(failure?.remedy).toMatch(remedy);
  });

  test('for which an upcaster throws is told by its name, and the others are proved all the same', () => {
    const proof = proveReplay([golden(1, { cents: '1' }, { cents: 'boom' }, { cents: '3' })], code);
    expect(proof.ok).toBe(false);
    expect(proofInWords(proof)).toEqual([
      'schema-registry/frozen/paid/1.samples.json: "sample 2" of paid v1 fails at data of paid v1: the upcaster of paid v1 threw no number. Remedy: make the upcaster of paid v1 in schema-registry/past/paid-1.ts accept everything that its schema accepts.',
      '3 samples: 2 read, 1 failed.',
    ]);
  });
});

test('a frozen version without a sample fails, with the command that makes some', () => {
  const proof = proveReplay([golden(2)], code);
  expect(proof.ok).toBe(false);
  expect(proofInWords(proof)[0]).toContain(
    'no sample of paid v2. Remedy: run figtree schema sample paid --version 2 --json',
  );
});
