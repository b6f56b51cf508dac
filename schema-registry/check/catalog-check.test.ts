import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import { checkCatalog, type CheckInput } from './catalog-check.ts';
import type { Finding } from './finding.ts';
import { planFreezing, type AnyDefinition } from './freezing.ts';
import type { FrozenEvent, Waiver } from './frozen-version.ts';
import type { PastVersion } from '../past-version.ts';
import { textOf } from '../comparison/shape.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import { verdictWords } from './verdict-words.ts';

const today = '2026-03-01';

interface Made {
  readonly version?: number;
  readonly examples?: readonly Record<string, unknown>[];
  readonly type?: string;
  readonly [more: string]: unknown;
}

function event(fields: z.ZodRawShape | z.ZodObject, { version = 1, type = 'paid', examples, ...more }: Made = {}) {
  const data = fields instanceof z.ZodObject ? fields : z.object({ id: z.string(), ...fields });
  return defineEvent({
    type,
    version,
    owner: 'shop',
    summary: 'Somebody paid.',
    data,
    subject: (paid) => String(paid['id']),
    partitionKey: (paid) => String(paid['id']),
    examples: examples ?? [{ id: 'a' }],
    ...more,
  }) as unknown as AnyDefinition;
}

/** The versions as they were frozen, one after the other. */
function frozenOf(...versions: readonly AnyDefinition[]): FrozenEvent[] {
  return versions.flatMap((definition) => {
    const older = versions.filter((each) => each.version < definition.version);
    const past = older.map(
      ({ type, version, data }) => ({ type, version, data, upcast: () => [] }) as unknown as PastVersion,
    );
    const { writes } = planFreezing({ definitions: [definition], pastVersions: past, frozen: [], today: '2026-01-01' });
    return writes.filter((write) => write.frozen.version === definition.version);
  });
}

function step(old: AnyDefinition, upcast: (data: Record<string, unknown>) => unknown): PastVersion {
  return { type: old.type, version: old.version, data: old.data, upcast } as unknown as PastVersion;
}

/** To the next version of the same event, with the changes. */
const to = (changes: Record<string, unknown>) => (data: Record<string, unknown>) => [
  { type: 'paid', data: { ...data, ...changes } },
];

function check(definitions: readonly AnyDefinition[], more: Partial<CheckInput> = {}) {
  return checkCatalog({
    definitions,
    pastVersions: [],
    frozen: frozenOf(...definitions),
    subscribers: [],
    waivers: [],
    damages: [],
    today,
    ...more,
  });
}

const failures = (findings: readonly Finding[]) =>
  findings.filter(({ outcome }) => outcome === 'fails').map(({ rule, path }) => [rule, path]);

const shop = { name: 'shop-mails', owner: 'mails', reads: { paid: 1 } };
const first = event({});
const optional = event({ note: z.string().optional() }, { version: 2 });
const required = event({ cents: z.int() }, { version: 2, examples: [{ id: 'a', cents: 1 }] });

describe('a version', () => {
  test('that is frozen as it is passes', () => {
    const report = check([first]);
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.events.map(verdictWords)).toEqual([['Replay: safe.']]);
  });

  test('that is not frozen fails, and says what to run', () => {
    const { findings } = check([first], { frozen: [] });
    expect(findings).toMatchObject([
      {
        rule: 'VERSION_NOT_FROZEN',
        file: 'events/paid.ts',
        path: 'version',
        remedy: expect.stringContaining('figtree schema freeze'),
      },
    ]);
  });

  test('whose schema was changed fails with the change, and asks for another number', () => {
    const { findings } = check([event({ note: z.string().optional() })], { frozen: frozenOf(first) });
    expect(findings).toMatchObject([
      {
        rule: 'SCHEMA_CHANGED',
        file: 'events/paid.ts',
        path: 'note',
        message: expect.stringContaining('FIELD_ADDED_OPTIONAL at note'),
        remedy: expect.stringContaining('raise `version` to 2'),
      },
    ]);
  });

  test('whose data holds itself is frozen and checked like any other', () => {
    const reply = z.object({
      text: z.string(),
      get replies() {
        return z.array(reply).optional();
      },
    });
    const answered = (version: number, more: z.ZodRawShape = {}) =>
      event(
        { of: reply, ...more },
        { version, examples: [{ id: 'a', of: { text: 'b', replies: [{ text: 'c' }] }, more: [{ text: 'd' }] }] },
      );
    const [one, two] = [answered(1, { more: z.array(reply) }), answered(2)];
    const report = check([two], { frozen: frozenOf(one, two), pastVersions: [step(one, to({}))] });
    expect(failures(report.findings)).toEqual([['FIELD_NOT_RESERVED', 'more']]);
    expect(report.proof.proofs.length).toBeGreaterThan(4);
  });

  test('that is a draft may be anything', () => {
    expect(check([event({}, { status: 'draft' })], { frozen: [] })).toMatchObject({ ok: true, events: [] });
  });

  test('of an event that the catalog has no more fails', () => {
    expect(failures(check([], { frozen: frozenOf(first) }).findings)).toEqual([['EVENT_REMOVED', 'type']]);
  });

  test('of two events of one name fails', () => {
    expect(failures(check([first, event({ a: z.int() })], { frozen: frozenOf(first) }).findings)).toContainEqual([
      'EVENT_NAME_TAKEN',
      'type',
    ]);
  });
});

describe('replay', () => {
  test('without an upcaster a break fails by its rule, and a stub is given', () => {
    const report = check([required], { frozen: frozenOf(first, required) });
    expect(failures(report.findings)).toEqual([
      ['FIELD_ADDED_REQUIRED', 'cents'],
      ['UPCASTER_MISSING', ''],
    ]);
    expect(report.findings[0]).toMatchObject({ version: 1, file: 'schema-registry/frozen/paid/1.json' });
    expect(report.events.map(verdictWords)).toEqual([
      ['Replay: broken for v1.', 'Deploy nothing: stored events could not be read.'],
    ]);
    expect(report.events[0]?.replay[0]?.stub).toContain('// FIELD_ADDED_REQUIRED: cents');
  });

  test('with an upcaster it is safe if every golden sample is read through it', () => {
    const report = check([required], {
      frozen: frozenOf(first, required),
      pastVersions: [step(first, to({ cents: 0 }))],
    });
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.events.map(verdictWords)).toEqual([['Replay: safe, v1 through upcasters.']]);
  });

  test.each<[string, (data: Record<string, unknown>) => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no cents');
      },
      /threw no cents/,
    ],
    ['gives no list', () => ({}), /instead of a list of events/],
    ['gives what the next version refuses', to({ cents: 'one' }), /expected number/],
  ])('an upcaster that %s fails for that sample', (_, upcast, message) => {
    const { findings } = check([required], { frozen: frozenOf(first, required), pastVersions: [step(first, upcast)] });
    expect(findings).toMatchObject([
      {
        rule: 'SAMPLE_REFUSED',
        file: 'schema-registry/frozen/paid/1.samples.json',
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(/\w/),
      },
    ]);
    expect(findings[0]?.message).toContain('"example 1"');
  });

  test('code that takes less of an old version than was frozen fails', () => {
    const narrow = event({ id: z.string().max(3) });
    const { findings } = check([required], {
      frozen: frozenOf(first, required),
      pastVersions: [step(narrow, to({ cents: 0 }))],
    });
    // Generated samples of the frozen version are longer than that, too.
    expect(failures(findings)).toEqual([
      ['SAMPLE_REFUSED', 'data.id'],
      ['PAST_VERSION_NARROWER', 'id'],
    ]);
  });

  test('goes through several steps, and finds the one that is missing', () => {
    const second = event({ cents: z.int() }, { version: 2, examples: [{ id: 'a', cents: 1 }] });
    const third = event(
      { cents: z.int(), currency: z.string() },
      { version: 3, examples: [{ id: 'a', cents: 1, currency: 'EUR' }] },
    );
    const frozen = frozenOf(first, second, third);
    const steps = [step(first, to({ cents: 0 })), step(second, to({ currency: 'EUR' }))];
    expect(check([third], { frozen, pastVersions: steps }).ok).toBe(true);
    const { findings } = check([third], { frozen, pastVersions: steps.slice(0, 1) });
    expect(findings.filter(({ rule }) => rule === 'UPCASTER_MISSING').map(({ version }) => version)).toEqual([1, 2]);
  });

  test('a new release of the code that refuses a golden sample of the present version fails', () => {
    const refined = event(z.object({ id: z.string().refine((id) => id !== 'a') }), { examples: [{ id: 'b' }] });
    const [frozen] = frozenOf(refined);
    const samples = [{ name: 'from the log', origin: 'log' as const, data: { id: 'a' } }];
    const { findings } = check([refined], { frozen: frozen === undefined ? [] : [{ ...frozen, samples }] });
    expect(findings).toMatchObject([{ rule: 'SAMPLE_REFUSED', path: 'data.id' }]);
  });
});

describe('running subscribers', () => {
  const wider = event({ way: z.enum(['card', 'cash']) }, { version: 2, examples: [{ id: 'a', way: 'cash' }] });
  const card = event({ way: z.enum(['card']) }, { examples: [{ id: 'a', way: 'card' }] });
  const frozen = frozenOf(card, wider);
  const pastVersions = [step(card, to({}))];

  test('one who would reject what comes is deployed first', () => {
    const report = check([wider], { frozen, pastVersions, subscribers: [shop] });
    expect(failures(report.findings)).toEqual([['ENUM_WIDENED', 'way']]);
    expect(report.events.map(verdictWords)).toEqual([
      [
        'Replay: safe, v1 through upcasters.',
        'Running subscribers: shop-mails reads v1 and rejects way (ENUM_WIDENED).',
        'Deploy the subscriber first: shop-mails, then what publishes.',
      ],
    ]);
  });

  test('one who can read it leaves the order open', () => {
    const report = check([optional], {
      frozen: frozenOf(first, optional),
      pastVersions: [step(first, to({}))],
      subscribers: [shop],
    });
    expect(report.ok).toBe(true);
    expect(report.events.map(verdictWords)).toEqual([
      [
        'Replay: safe, v1 through upcasters.',
        'Running subscribers: shop-mails (reads v1) can read what is published.',
        'Deploy in any order.',
      ],
    ]);
  });

  test('one of whom no schema tells whether it can is not said to be able to', () => {
    const refined = event({ id: z.string().refine((id) => id !== 'b') });
    const loosened = event({ id: z.string() }, { version: 2 });
    const mails = { ...shop, name: 'mails' };
    const report = check([loosened], {
      frozen: frozenOf(refined, loosened),
      pastVersions: [step(refined, to({}))],
      subscribers: [shop, { ...mails, reads: { paid: 2 } }],
    });
    expect(report.findings.map(({ rule, outcome }) => [rule, outcome])).toEqual([['REFINEMENT_CHANGED', 'warns']]);
    expect(report.events.map(verdictWords)).toEqual([
      [
        'Replay: safe, v1 through upcasters.',
        'Running subscribers: shop-mails reads v1, and no schema tells whether it accepts id (REFINEMENT_CHANGED).',
        'Before what publishes is deployed, let shop-mails read real data of v2, or deploy what reads v2 there first.',
      ],
    ]);
  });

  test('one of a version or an event that never was fails', () => {
    const subscribers = [{ ...shop, reads: { paid: 7, sold: 1 } }];
    expect(failures(check([first], { subscribers }).findings)).toEqual([
      ['SUBSCRIBER_VERSION_UNKNOWN', 'shop-mails.reads.paid'],
      ['SUBSCRIBER_EVENT_UNKNOWN', 'shop-mails.reads.sold'],
    ]);
    expect(check([first], { subscribers }).events.flatMap(verdictWords)).toContain(
      'Running subscribers: shop-mails reads v7, about which nothing is known.',
    );
  });

  test('a new one of a deprecated event fails, one who was there before does not', () => {
    const old = event({}, { deprecation: { sunset: '2027-01-01', replacedBy: 'charged' } });
    const now = (before: string[]) =>
      check([old, event({}, { type: 'charged' })], { subscribers: [shop], subscribedBefore: new Set(before) });
    expect(now(['shop-mails paid']).ok).toBe(true);
    expect(now([]).findings).toMatchObject([
      { rule: 'DEPRECATED_SUBSCRIBED', remedy: expect.stringMatching(/^read charged instead/) },
    ]);
  });

  test('a consumer of this code that is not among those who remain fails as well', () => {
    const subscriptions = [
      { consumer: 'books', types: ['paid'] },
      { consumer: 'mails', types: ['sold'] },
    ];
    const now = (remaining: string[]) =>
      check([event({}, { deprecation: { sunset: '2027-01-01', remaining } })], { subscriptions });
    expect(now(['books']).ok).toBe(true);
    expect(failures(now(['mails']).findings)).toEqual([['DEPRECATED_SUBSCRIBED', 'deprecation.remaining']]);
    expect(check([event({})], { subscriptions }).ok).toBe(true);
  });

  test('of an event that promises it, everybody who reads any version has to be able to', () => {
    const promised = { ...wider, compatibility: 'full' as const };
    const report = check([promised], { frozen, pastVersions });
    expect(failures(report.findings)).toEqual([['ENUM_WIDENED', 'way']]);
    expect(report.events.flatMap(verdictWords)).toContain(
      'Running subscribers: any reader of version 1 reads v1 and rejects way (ENUM_WIDENED).',
    );
    expect(check([wider], { frozen, pastVersions }).ok).toBe(true);
  });

  const waiver: Waiver = {
    rule: 'ENUM_WIDENED',
    type: 'paid',
    path: 'way',
    reason: 'cash is sold in one shop only',
    owner: 'mails',
    expires: '2026-03-01',
  };

  test('a waiver stands for a break until its day', () => {
    const report = check([wider], { frozen, pastVersions, subscribers: [shop], waivers: [waiver] });
    expect(report.ok).toBe(true);
    expect(report.findings).toMatchObject([
      { rule: 'ENUM_WIDENED', outcome: 'waived', remedy: expect.stringContaining('mails until 2026-03-01') },
    ]);
  });

  test('an expired one fails, and one for nothing is told', () => {
    const expired = { ...waiver, expires: '2026-02-28' };
    const report = check([wider], { frozen, pastVersions, subscribers: [shop], waivers: [expired] });
    expect(failures(report.findings)).toEqual([
      ['ENUM_WIDENED', 'way'],
      ['WAIVER_EXPIRED', 'way'],
    ]);
    expect(check([first], { waivers: [waiver] })).toMatchObject({
      ok: true,
      findings: [{ rule: 'WAIVER_UNUSED', outcome: 'warns' }],
    });
  });

  test('no waiver stands for a file that was edited', () => {
    const damage: Finding = {
      rule: 'FROZEN_EDITED',
      outcome: 'fails',
      type: 'paid',
      file: 'f',
      path: '',
      message: 'm',
      remedy: 'r',
    };
    expect(check([first], { damages: [damage], waivers: [{ ...waiver, rule: 'FROZEN_EDITED', path: '' }] }).ok).toBe(
      false,
    );
  });
});

describe('names of fields', () => {
  const noted = event({ note: z.string().optional() });

  test('a removed one is reserved', () => {
    const removed = (reserved: string[]) =>
      check([event({}, { version: 2, reserved })], {
        frozen: frozenOf(noted, event({}, { version: 2 })),
        pastVersions: [step(noted, to({}))],
      });
    expect(failures(removed([]).findings)).toEqual([['FIELD_NOT_RESERVED', 'note']]);
    expect(removed(['note']).ok).toBe(true);
  });

  test('one that comes back as something else fails, as the same it does not', () => {
    const without = event({}, { version: 2 });
    const back = (note: z.ZodType) => {
      const third = event({ note: note.optional() }, { version: 3 });
      const pastVersions = [step(noted, to({ note: undefined })), step(without, to({}))];
      return check([third], { frozen: frozenOf(noted, without, third), pastVersions });
    };
    expect(failures(back(z.int()).findings)).toEqual([['FIELD_NAME_REUSED', 'note']]);
    expect(back(z.string()).ok).toBe(true);
  });

  test('a reserved one cannot be given out', () => {
    expect(failures(check([event({ note: z.string().optional() }, { reserved: ['note'] })]).findings)).toEqual([
      ['FIELD_NAME_REUSED', 'note'],
    ]);
  });
});

describe('what a payload may not be', () => {
  test.each<[string, z.ZodObject, string[][]]>([
    ['strict', z.strictObject({ id: z.string() }), [['PAYLOAD_STRICT', '', 'fails']]],
    [
      'strict inside',
      z.object({ id: z.string(), of: z.array(z.strictObject({})) }),
      [['PAYLOAD_STRICT', 'of[]', 'fails']],
    ],
    ['loose', z.looseObject({ id: z.string() }), [['PAYLOAD_LOOSE', '', 'warns']]],
    [
      'transformed',
      z.object({ id: z.string().transform((id) => id.trim()) }),
      [['PAYLOAD_NOT_READ_BACK', 'id', 'warns']],
    ],
    ['a Set', z.object({ id: z.string(), of: z.set(z.int()).optional() }), [['PAYLOAD_NOT_JSON', 'of', 'fails']]],
    [
      'a Map in a list',
      z.object({ id: z.string(), of: z.array(z.map(z.string(), z.int())) }),
      [['PAYLOAD_NOT_JSON', 'of[]', 'fails']],
    ],
    ['a Date', z.object({ id: z.string(), at: z.date().optional() }), [['PAYLOAD_NOT_JSON', 'at', 'fails']]],
    ['a bigint', z.object({ id: z.string(), at: z.bigint().optional() }), [['PAYLOAD_NOT_JSON', 'at', 'fails']]],
    [
      'one of two that JSON cannot hold',
      z.object({ id: z.string(), at: z.union([z.string(), z.undefined()]).optional() }),
      [['PAYLOAD_NOT_JSON', 'at', 'fails']],
    ],
    [
      'a Date that is made of its text again',
      z.object({ id: z.string(), at: z.coerce.date().optional() }),
      [['PAYLOAD_NOT_READ_BACK', 'at', 'warns']],
    ],
    [
      'a Date behind a codec',
      z.object({
        id: z.string(),
        at: z
          .codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
          .optional(),
      }),
      [],
    ],
    ['a record of names', z.object({ id: z.string(), of: z.record(z.enum(['a', 'b']), z.int()).optional() }), []],
  ])('%s', (_, data, expected) => {
    const examples = [{ id: 'a' }, { id: 'a', of: [] }].filter((example) => data.safeParse(example).success);
    const { findings } = check([event(data, { examples: examples.slice(0, 1) })]);
    expect(findings.map(({ rule, path, outcome }) => [rule, path, outcome])).toEqual(expected);
  });

  test('personal data is in no subject and no key', () => {
    const data = {
      mail: z.email().meta({ pii: true }),
      of: z.object({ name: z.string().meta({ pii: true }).optional() }).optional(),
    };
    const examples = [{ id: 'a', mail: 'ada@example.org', of: { name: 'Ada' } }];
    const by = (partitionKey: (paid: { mail: string; of: { name: string } }) => string) =>
      check([event(data, { examples, partitionKey })]);
    expect(by(({ mail }) => mail.slice(0, 3)).findings).toMatchObject([
      { rule: 'PERSONAL_KEY', path: 'mail', message: expect.stringContaining('`partitionKey`') },
    ]);
    expect(failures(by(({ of }) => `user-${of.name}`).findings)).toEqual([['PERSONAL_KEY', 'of.name']]);
    expect(by(() => 'one').ok).toBe(true);
  });

  test('what nobody parsed may collide with a new field: that is told', () => {
    const legacy = event({}, { writer: 'unvalidated' });
    const report = check([event({ note: z.string().optional() }, { version: 2 })], {
      frozen: frozenOf(legacy, optional),
    });
    expect(report.findings.map(({ rule, outcome }) => [rule, outcome])).toEqual([
      ['FIELD_ADDED_SHADOWS_UNDECLARED', 'warns'],
      ['UPCASTER_MISSING', 'fails'],
    ]);
  });
});

test('the schema in a stub is the one that was frozen', () => {
  const data = z.object({
    id: z.string().regex(/^[0-9a-f]{24}$/),
    note: z.string().min(1).max(200).optional(),
    cents: z.int().min(0),
    ways: z.array(z.enum(['card', 'cash'])),
    by: z.union([z.object({ kind: z.literal('user'), name: z.string() }), z.number()]),
    open: z.boolean(),
  });
  const [old] = [event(data, { examples: [] })];
  const stub =
    check([event({ x: z.int() }, { version: 2 })], { frozen: frozenOf(old) }).events[0]?.replay[0]?.stub ?? '';
  const [, source = ''] = /\n {2}data: (z\.object\(\{[\s\S]*?\n {2}\}\)),\n/.exec(stub) ?? [];
  // oxlint-disable-next-line no-implied-eval typescript/no-implied-eval -- the stub is source text
  const written = new Function('z', `return ${source}`)(z) as z.ZodType;
  expect(textOf(describedSchema(written).canonical)).toBe(textOf(describedSchema(data).canonical));
});

test('an event whose data holds itself is looked at once', () => {
  const tree: z.ZodType = z.object({ trees: z.lazy(() => z.array(tree)) });
  expect(check([event({ tree: tree.optional() })])).toMatchObject({ ok: true });
});
