import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { embeddedBreaches } from '../../testing/engine/projection-contract.ts';
import { openTestServer } from '../../testing/server/test-server.ts';
import { defineProjection, type ProjectionDefinition } from '../projections/definition.ts';
import { feed } from '../projections/feed.ts';
import { relationships } from '../projections/relationships.ts';
import { search } from '../projections/search.ts';
import { projectionNames, projections, registryOf } from '../projections/registry.ts';
import type { EmbeddedProjection } from './projection.ts';
import { newFollowers } from '../../docs/examples/new-followers/projection.ts';
import { tableDefinition } from '../projections/table-definition.ts';
import { activity } from '../../testing/fourth-projection/projection.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-definition-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test.each([...projections, activity, tableDefinition(newFollowers)])('$name is whole', async (definition) => {
  expect(await embeddedBreaches(definition, folder)).toEqual([]);
});

test('every projection is in the status of an engine, with its version, and read by its name', async () => {
  const server = await openTestServer();
  try {
    const { projections: listed } = await server.engine.status();
    expect(listed.map(({ name, version }) => [name, version])).toEqual(
      projections.map(({ name, embedded }) => [name, embedded.version]),
    );
    for (const name of projectionNames) expect(Object.keys(server.engine.reader(name)).length).toBeGreaterThan(0);
    expect(() => server.engine.reader('nobody')).toThrow('nobody');
  } finally {
    await server.close();
  }
});

describe('a definition', () => {
  /** A definition with another part. */
  function planted(
    part: (whole: EmbeddedProjection) => Partial<EmbeddedProjection>,
    more: Partial<ProjectionDefinition> = {},
    of: ProjectionDefinition = relationships,
  ): ProjectionDefinition {
    const load = async () => {
      const whole = await of.embedded.load();
      return { ...whole, ...part(whole) };
    };
    return { ...of, ...more, embedded: { ...of.embedded, ...more.embedded, load } };
  }

  const unfinished: [string, ProjectionDefinition][] = [
    ['it has 0 keys', planted(() => ({ keys: [] }))],
    ['its audit counts nothing', planted(() => ({ audit: () => ({}) }))],
    [
      'its audit digests nothing',
      planted(() => ({ audit: ({ count }) => ({ users: count('SELECT count(*) FROM user') }) })),
    ],
    [
      'differs from what was applied',
      planted(({ build }) => ({
        build(settings) {
          const built = build?.(settings);
          if (built === undefined) throw new Error('it has no build');
          return { ...built, consumers: built.consumers.map(({ name, on: { followed: _, ...on } }) => ({ name, on })) };
        },
      })),
    ],
    [
      'still says "zephyrine"',
      planted(({ open }) => ({
        open(...given) {
          const opened = open(...given);
          const consumers = opened.consumers.map(({ name, on: { 'user-left': _, ...on } }) => ({ name, on }));
          return { ...opened, consumers };
        },
      })),
    ],
    ['still says "nowherelandish"', planted(({ tidying: _, ...whole }) => ({ ...whole, tidying: '' }), {}, search)],
    [
      'its live reader fails: no thread',
      planted(() => ({
        openLiveReader() {
          throw new Error('no thread');
        },
      })),
    ],
    [
      'a reader has no methods',
      planted(({ openReader }) => ({
        openLiveReader: (place) => ({ reader: new Date(), close: () => openReader(place).close() }),
      })),
    ],
    [
      'it parked',
      planted(({ open }) => ({
        open(...given) {
          const fails: Consumer = {
            name: 'fails',
            on: {
              'yubl-posted'({ data }) {
                if (data.text.startsWith('Marzipan')) throw new Error('never');
              },
            },
          };
          const opened = open(...given);
          return { ...opened, consumers: [...opened.consumers, fails] };
        },
      })),
    ],
    ['nothing answers shoe-size', planted(() => ({}), { api: { ...apiOf(relationships), questions: ['shoe-size'] } })],
    ['the definition says 99', planted(() => ({}), { embedded: { ...relationships.embedded, version: 99 } })],
    [
      'knows none of its keys',
      planted(
        () => ({}),
        {
          async parity() {
            const rules = await feed.parity?.();
            if (rules === undefined) throw new Error('it has no rules');
            return { ...rules, compare: (...given) => ({ ...rules.compare(...given), knows: async () => false }) };
          },
        },
        feed,
      ),
    ],
  ];

  test.each(unfinished)('is not whole: %s', async (breach, definition) => {
    expect((await embeddedBreaches(definition, folder)).join('; ')).toContain(breach);
  });

  test('is refused beside one of its name, or one that answers its question', () => {
    expect(() => registryOf([...projections, relationships])).toThrow('the name relationships');
    const greedy = { ...relationships, name: 'greedy', api: { ...apiOf(relationships), questions: ['feed'] } };
    expect(() => registryOf([...projections, greedy])).toThrow('the query feed');
  });

  test.each(['', 'Feed', 'my-feed', 'feed.db', '1st', 'log', 'keys', 'lock', 'all'])(
    'is refused the name "%s"',
    (name) => {
      const reason = /^[a-z]+$/.test(name) ? 'reserved' : 'lower-case letters and digits, beginning with a letter';
      expect(() => defineProjection({ ...relationships, name })).toThrow(
        expect.objectContaining({ code: 'DECLARATION_INVALID', message: expect.stringContaining(reason) }),
      );
    },
  );
});

function apiOf({ api }: ProjectionDefinition) {
  if (api === undefined) throw new Error('it has no API');
  return api;
}
