import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { awsBreaches } from '../../testing/aws-engine/projection-contract.ts';
import { randomLog } from '../../testing/engine/replayed-consumers.ts';
import type { ProjectionDefinition } from '../projections/definition.ts';
import { projections } from '../projections/registry.ts';
import { relationships } from '../projections/relationships.ts';
import type { AwsProjection } from './projection.ts';
import { newFollowers } from '../../docs/examples/new-followers/projection.ts';
import { tableDefinition } from '../projections/table-definition.ts';
import { activity } from '../../testing/fourth-projection/projection.ts';

const EVENTS = 400;
const NOTHING = { writeUnits: 0, readUnits: 0, requests: 0 };
const folder = mkdtempSync(join(tmpdir(), 'figtree-aws-definition-'));
let history: readonly RecordedEvent[];
beforeAll(async () => {
  const log = openSqliteEventLogReader(await randomLog(folder, { seed: 3, events: EVENTS }));
  history = (await log.read({ after: 0, limit: EVENTS })).events;
  await log.close();
  expect(history).toHaveLength(EVENTS);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([...projections, activity, tableDefinition(newFollowers)])('$name is whole on AWS', async (definition) => {
  expect(await awsBreaches(definition, history)).toEqual([]);
});

const unfinished: [string, (whole: AwsProjection) => Partial<AwsProjection>][] = [
  ['its function wants no events', () => ({ streamConsumers: () => () => [] })],
  ['its rebuild ', () => ({ rebuildConsumers: () => [{ name: 'nothing', on: {} }] })],
  ['it writes nothing', () => ({ rebuildConsumers: () => [{ name: 'nothing', on: {} }] })],
  ['units are told of ', () => ({ units: () => ({}) })],
  [
    'takes no request',
    ({ units }) => ({
      units: async () => Object.fromEntries(Object.keys(await units()).map((type) => [type, NOTHING])),
    }),
  ],
  [
    'its audit finds: nothing',
    () => ({ audit: async () => ({ counts: { users: 1 }, broken: ['nothing'], digest: '1' }) }),
  ],
  ['its audit counts nothing', () => ({ audit: async () => ({ counts: { users: 0 }, broken: [], digest: '1' }) })],
  ['its audit digests nothing', () => ({ audit: async () => ({ counts: { users: 1 }, broken: [], digest: '0' }) })],
  ['it has no keys', ({ keys }) => ({ keys: { ...keys, filter: { expression: 'attribute_exists(nobody)' } } })],
  [
    'its function writes to the table of feed',
    ({ streamConsumers }) => ({
      streamConsumers: (aws) =>
        streamConsumers({ ...aws, projectionTable: (_, version) => aws.projectionTable('feed', version) }),
    }),
  ],
  [
    'it cannot handle every event',
    () => ({
      rebuildConsumers: () => [{ name: 'failing', on: { followed: () => Promise.reject(new Error('no table')) } }],
    }),
  ],
];

test.each(unfinished)('a definition is not whole: %s', async (breach, part) => {
  const load = async () => {
    const whole = await relationships.aws.load();
    return { ...whole, ...part(whole) };
  };
  const planted: ProjectionDefinition = { ...relationships, aws: { load } };
  expect((await awsBreaches(planted, history)).join('; ')).toContain(breach);
});
