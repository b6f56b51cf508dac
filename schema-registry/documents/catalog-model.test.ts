import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../events/catalog.ts';
import { defineEvent } from '../../events/define-event.ts';
import { catalogModel } from './catalog-model.ts';
import { fieldsOf, readerSchema } from './event-fields.ts';

type Tree = string | Tree[];
const tree: z.ZodType<Tree> = z.lazy(() => z.union([z.string().max(9), z.array(tree)]));

const everything = z.object({
  id: z
    .string()
    .regex(/^[a-z]+$/)
    .describe('which one'),
  at: z.iso.datetime(),
  name: z.string().min(1).max(20).meta({ pii: true }),
  nick: z.string().describe('a short one').meta({ pii: true }).nullable().optional(),
  mails: z.array(z.email().meta({ pii: true })).max(3),
  count: z.int().min(0),
  ratio: z.number().lt(1).default(0.5),
  kind: z.enum(['a', 'b']),
  labels: z.record(z.string(), z.object({ text: z.string(), by: z.string().meta({ pii: true }) })),
  media: z.array(
    z.discriminatedUnion('is', [
      z.object({ is: z.literal('image'), url: z.url() }),
      z.object({ is: z.literal('video'), seconds: z.number() }),
    ]),
  ),
  tree,
  get answers() {
    return z.array(everything).optional();
  },
});

describe('the fields of an event', () => {
  const fields = fieldsOf(readerSchema(everything));
  const field = (path: string) => fields.find((found) => found.path === path);

  it('are found at every depth, in the order of the schema, and recursion ends', () => {
    expect(fields.map(({ path }) => path)).toEqual([
      'id',
      'at',
      'name',
      'nick',
      'mails',
      'count',
      'ratio',
      'kind',
      'labels',
      'labels.*.text',
      'labels.*.by',
      'media',
      'media[].is',
      'media[].url',
      'media[].is',
      'media[].seconds',
      'tree',
      'answers',
    ]);
  });

  it.each([
    ['id', 'string', ['matches ^[a-z]+$']],
    ['at', 'date and time', []],
    ['name', 'string', ['1 to 20 characters']],
    ['nick', 'string or null', []],
    ['mails', 'list of e-mail address', ['at most 3 items']],
    ['count', 'integer', ['at least 0']],
    ['ratio', 'number', ['less than 1', '0.5 if left out']],
    ['kind', 'string', ['one of "a", "b"']],
    ['labels', 'map to object', []],
    ['media', 'list of object', []],
    ['tree', 'string or list of the enclosing shape, recursively', ['at most 9 characters']],
    ['media[].url', 'URL', ['if is is "image"']],
    ['answers', 'list of the enclosing shape, recursively', []],
  ])('%s is told in words', (path, type, constraints) => {
    expect(field(path)).toMatchObject({ type, constraints });
  });

  it('are described by the words of the schema, also where they may be null', () => {
    const described = fields.filter(({ description }) => description !== undefined);
    expect(described.map(({ path, description }) => [path, description])).toEqual([
      ['id', 'which one'],
      ['nick', 'a short one'],
    ]);
  });

  it('are required if zod refuses data without them', () => {
    const whole = {
      id: 'a',
      at: '2020-01-01T00:00:00Z',
      name: 'n',
      nick: null,
      mails: [],
      count: 0,
      ratio: 0,
      kind: 'a',
      labels: {},
      media: [],
      tree: '',
      answers: [],
    };
    for (const { path, required } of fields.filter((found) => !/[.[]/.test(found.path))) {
      const { [path as keyof typeof whole]: _left, ...rest } = whole;
      expect([path, required]).toEqual([path, !everything.safeParse(rest).success]);
    }
  });

  it('are personal wherever the mark stands', () => {
    const marked = fields.filter(({ pii }) => pii).map(({ path }) => path);
    expect(marked).toEqual(['name', 'nick', 'mails', 'labels.*.by']);
  });
});

const first = z.object({ id: z.string(), name: z.string().meta({ pii: true }) });
const renamed = defineEvent({
  type: 'renamed',
  version: 2,
  owner: 'accounts',
  summary: 'Somebody has a new name.',
  deprecation: { sunset: '2027-01-01', replacedBy: 'user-profile-updated' },
  reserved: ['old'],
  data: z.object({ id: z.string(), name: z.string(), day: z.string() }).refine(({ id, name }) => id !== name, {
    message: 'a name is no id',
    path: ['name'],
  }),
  subject: ({ id }) => id,
  partitionKey: ({ id, day }) => `${id}/${day}`,
  examples: [{ id: '1', name: 'Ada', day: 'monday' }],
});
const frozen = {
  frozen: { type: 'renamed', version: 1, frozenOn: '2020-01-01', sha256: 'abc', reader: readerSchema(first) },
  samples: [
    { name: 'made', origin: 'generated' as const, data: { id: 'x', name: 'y' } },
    { name: 'seen', origin: 'log' as const, data: { id: '7', name: 'Ada' } },
  ],
};

describe('the catalog as its readers see it', () => {
  const differences = [{ rule: 'FIELD_ADDED_REQUIRED', path: 'day', severity: 'error' as const, message: 'is new' }];
  const [event] = catalogModel({
    definitions: { renamed },
    pastVersions: [{ type: 'renamed', version: 1, data: first.extend({ other: z.string().optional() }) }],
    frozen: [frozen],
    differences: [{ type: 'renamed', version: 2, differences }],
    lineage: { events: {} },
  });

  it('has what the definition says', () => {
    expect(event).toMatchObject({
      type: 'renamed',
      owner: 'accounts',
      status: 'deprecated',
      reserved: ['old'],
      deprecation: {
        sunset: '2027-01-01',
        replacedBy: 'user-profile-updated',
      },
      subject: ['id'],
      partitionKey: ['id', 'day'],
      rules: [
        {
          path: 'name',
          message: 'a name is no id',
        },
      ],
      current: {
        version: 2,
        dataschema: 'figtree:renamed:2',
        differences,
      },
      lineage: {
        producers: [],
        consumers: [],
      },
    });
  });

  it('shows a past version as it was frozen, and of a log nothing personal', () => {
    expect(event?.past).toMatchObject([
      {
        version: 1,
        dataschema: 'figtree:renamed:1',
        frozen: {
          on: '2020-01-01',
          sha256: 'abc',
        },
        fields: [
          { path: 'id' },
          {
            path: 'name',
            pii: true,
          },
        ],
        examples: [
          {
            name: 'seen',
            data: {
              id: '7',
              name: 'xx',
            },
          },
        ],
      },
    ]);
    expect(event?.past[0]).not.toHaveProperty('differences');
  });

  it('is drawn of the definitions alone where there is nothing else', () => {
    const events = catalogModel({ definitions: catalog });
    expect(events.map(({ type }) => type)).toEqual(Object.keys(catalog));
    expect(events.every((event) => event.past.length === 0 && event.lineage === undefined)).toBe(true);
    expect(events.find(({ type }) => type === 'followed')).toMatchObject({
      subject: ['relationshipId'],
      partitionKey: ['followerId'],
      rules: [
        {
          path: 'followeeId',
          message: 'users cannot follow themselves',
        },
      ],
    });
  });
});
