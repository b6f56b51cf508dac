import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTable } from '../../../adapters/aws/dynamo/create-table.ts';
import { deleteTable } from '../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../../adapters/aws/dynamo/table.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import type { Consumer, Note } from '../../../consumers/runtime/consumer.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import type { RebuildGate, Verified } from '../../../engine/rebuild/verification.ts';
import { FIRST_VERSION, openLiveVersions } from '../live-versions.ts';
import { rebuildOnAws } from './rebuild.ts';
import { takeRebuildLease } from './lease.ts';
import { type AwsRebuildState, NO_COUNTS } from './state.ts';
import type { AwsRebuildOptions, StreamSource } from './work.ts';

// The lease of a rebuild, where it continues, and how it reports events that cannot be handled. The archive and the stream are
// lists.

const aws = awsUnderTest('dynamodb');
describe.skipIf(aws.skipReason)('a rebuild on AWS', () => {
  const client = openDynamoClient(aws.config);
  const name = aws.newName();
  const control = openDynamoTable(client, name);
  beforeAll(() => createTable(client, name));
  afterAll(async () => {
    await deleteTable(client, name);
    client.close();
  });

  const notes: Note[] = [];
  const note = (details: Note) => void notes.push(details);
  const handled: string[] = [];
  const fails: Consumer = {
    name: 'fails-at-yubls',
    on: {
      'user-joined': ({ id }) => void handled.push(id),
      'yubl-posted': ({ data }) => {
        throw new Error(`cannot take ${data.text}`);
      },
    },
  };
  const mails: Consumer = {
    name: 'mails',
    leavesSystem: true,
    on: { 'user-joined': () => void handled.push('a mail') },
  };

  const sound: Verified = { counts: { users: 1 }, broken: [], digest: '0', live: 'not comparable' };
  /** The result of the audit of the new tables. */
  interface Found {
    readonly audited?: Verified;
    readonly percent?: number;
  }

  function rebuild(
    records: readonly ArchivedRecord[],
    more: Partial<AwsRebuildOptions> = {},
    { audited = sound, percent = 0 }: Found = {},
  ) {
    const read: StreamSource['read'] = async function* read() {
      yield { records };
    };
    const parts = {
      control,
      versions: openLiveVersions(control),
      archive: { place: 'nowhere', hours: async () => [], read: async function* none() {} },
      stream: { read, retentionMs: async () => Infinity },
      open: async () => ({
        consumers: [fails, mails],
        createTables: async () => {},
        audit: async () => audited,
        compare: async (gate: RebuildGate) => ({
          percent,
          holds: percent >= gate.percent,
          answered: 100,
          unanswered: 0,
        }),
        close: () => {},
      }),
      upcasters: catalogUpcasters(),
      personal: catalogPersonalWords(),
      log: { debug: note, info: note, warn: note, error: note },
    };
    const asked = { projection: 'search', kind: 'rebuild' } as const;
    // Settling never ends here, so a rebuild that is live would continue forever.
    const ending = new AbortController();
    const onProgress: AwsRebuildOptions['onProgress'] = ({ stage }) => void (stage === 'settling' && ending.abort());
    return rebuildOnAws(parts, { ...asked, signal: ending.signal, onProgress, ...more });
  }
  const recordOf = (event: EventEnvelope, index: number): ArchivedRecord => ({
    shardId: 'shardId-000000000000',
    seq: String(index + 1),
    arrivedAt: new Date().toISOString(),
    partitionKey: event.partitionkey,
    data: Buffer.from(JSON.stringify(event)),
  });

  test('has one holder until that one dies', async () => {
    // Long enough for a slow machine to renew it, which happens four times in this period.
    const first = await takeRebuildLease(control, 'feed', 8000);
    await expect(takeRebuildLease(control, 'feed')).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    const key = { pk: 'rebuild', sk: 'feed' };
    const heldUntil = async () => Number((await control.get(key))?.['heldUntil']);
    const taken = await heldUntil();
    await expect.poll(heldUntil, { timeout: 60_000 }).toBeGreaterThan(taken);
    await expect(takeRebuildLease(control, 'feed')).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    await control.update(key, {
      update: 'SET heldUntil = :past',
      condition: 'heldUntil > :past',
      values: { ':past': 1 },
    });
    const heir = await takeRebuildLease(control, 'feed');
    await expect(first.save(stateOf({}))).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    expect(first.lost.aborted).toBe(true);
    await first.release();
    await expect(takeRebuildLease(control, 'feed')).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    await heir.release();
    const second = await takeRebuildLease(control, 'feed');
    await second.save(stateOf({ stage: 'stream' }));
    await second.release();
    const third = await takeRebuildLease(control, 'feed');
    expect(third.found).toEqual(stateOf({ stage: 'stream' }));
    await third.release();
  });

  test('stops at an event that cannot be handled, with an error without personal data, or skips it', async () => {
    const yubl = sampleEvent({ type: 'yubl-posted', key: 5 });
    const join = sampleEvent({ type: 'user-joined', key: 6 });
    const records = [yubl, join].map(recordOf);
    const stopped = rebuild(records);
    await expect(stopped).rejects.toMatchObject({ code: 'REBUILD_STOPPED', details: { event: yubl.id } });
    await expect(stopped).rejects.toThrow('[redacted]');
    handled.length = 0;
    const { state, resumed, done } = await rebuild(records, { onError: 'skip' });
    expect({ resumed, done }).toEqual({ resumed: true, done: false });
    expect(state.counts.skipped).toBeGreaterThan(0);
    expect(new Set(handled)).toEqual(new Set([join.id]));
    expect(notes).toContainEqual(expect.objectContaining({ consumer: 'fails-at-yubls', event: yubl.id }));
    expect(JSON.stringify(notes)).not.toContain('cannot take text');
    // It is live, and not finished.
    expect(await openLiveVersions(control).now('search')).toBe(state.version);
    expect(state.stage).toBe('settling');
    await expect(rebuild(records, { restart: true })).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    await expect(rebuild(records, { kind: 'rollback' })).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
  });

  test('does not go live if the new tables are inconsistent or too few answers match the other system', async () => {
    const projection = 'feed';
    const live = () => openLiveVersions(control).now(projection);
    const gate: RebuildGate = { percent: 99, against: 'export.ndjson' };
    const inconsistent = rebuild([], { projection, gate }, { audited: { ...sound, broken: ['a user is lost'] } });
    await expect(inconsistent).rejects.toMatchObject({ code: 'REBUILD_INVALID', details: { projection } });
    await expect(inconsistent).rejects.toThrow('a user is lost');
    const different = rebuild([], { projection, gate }, { percent: 98.5 });
    await expect(different).rejects.toMatchObject({ code: 'REBUILD_NOT_PROMOTED', details: { percent: 98.5 } });
    expect(await live()).toBe(FIRST_VERSION);
    const { state, resumed } = await rebuild([], { projection, gate }, { percent: 99 });
    expect(resumed).toBe(true);
    expect(state.verified).toEqual({
      name: projection,
      verification: { counts: { users: 1 }, digest: '0', live: 'not comparable' },
      matchPercent: 99,
    });
    expect([state.stage, await live()]).toEqual(['settling', state.version]);
  });

  test('verifies again what an earlier run has verified', async () => {
    const projection = 'parity';
    const lease = await takeRebuildLease(control, projection);
    const verified = { name: projection, verification: sound, matchPercent: 99 };
    await lease.save({ ...stateOf({ stage: 'verify', verified }), projection, arrivals: {} });
    await lease.release();
    const broken = rebuild([], { projection }, { audited: { ...sound, broken: ['a user is lost'] } });
    await expect(broken).rejects.toMatchObject({ code: 'REBUILD_INVALID' });
    const gate = { percent: 90, against: 'export.ndjson' };
    await expect(rebuild([], { projection, gate }, { percent: 70 })).rejects.toThrow('70 %');
    const { state } = await rebuild([], { projection, gate }, { percent: 95 });
    expect([state.stage, state.verified?.matchPercent]).toEqual(['settling', 95]);
  });

  test('finishes what was live before its process could say so, whatever else is asked for', async () => {
    const projection = 'flipped';
    const lease = await takeRebuildLease(control, projection);
    await lease.save({ ...stateOf({ stage: 'stream' }), projection, arrivals: {} });
    await lease.release();
    expect(await openLiveVersions(control).flip(projection, FIRST_VERSION, 'r1')).toBe(true);
    await expect(rebuild([], { projection, restart: true })).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
    const broken = { ...sound, broken: ['a user is lost'] };
    const gate = { percent: 90, against: 'export.ndjson' };
    const { state, resumed } = await rebuild([], { projection, gate }, { audited: broken });
    expect([resumed, state.stage, state.version]).toEqual([true, 'settling', 'r1']);
  });

  test('is ended while it verifies, and continues behind what has come since', async () => {
    const projection = 'ended';
    const ending = new AbortController();
    const onProgress: AwsRebuildOptions['onProgress'] = ({ stage }) => void (stage === 'verify' && ending.abort());
    const audited = { ...sound, broken: ['seen too early'] };
    const { state, done } = await rebuild([], { projection, signal: ending.signal, onProgress }, { audited });
    expect([done, state.stage, state.error]).toEqual([false, 'verify', undefined]);
    const stages: string[] = [];
    const ended = new AbortController();
    await rebuild([], {
      projection,
      signal: ended.signal,
      onProgress({ stage }) {
        stages.push(stage);
        if (stage === 'settling') ended.abort();
      },
    });
    expect(stages.filter((stage, at) => stage !== stages[at - 1])).toEqual(['stream', 'verify', 'stream', 'settling']);
  });

  test('does not go back where nobody knows to what', async () => {
    const back = rebuild([], { projection: 'relationships', kind: 'rollback' });
    await expect(back).rejects.toMatchObject({ code: 'SWAP_REFUSED' });
  });

  test('does not replace a version that another process has made live meanwhile', async () => {
    const lease = await takeRebuildLease(control, 'relationships');
    await lease.save({ ...stateOf({ stage: 'stream' }), projection: 'relationships', arrivals: {} });
    await lease.release();
    await openLiveVersions(control).flip('relationships', FIRST_VERSION, 'another');
    const refused = rebuild([], { projection: 'relationships' });
    await expect(refused).rejects.toMatchObject({ code: 'SWAP_REFUSED' });
    expect(await openLiveVersions(control).now('relationships')).toBe('another');
  });
});

function stateOf(more: Partial<AwsRebuildState>): AwsRebuildState {
  const now = new Date().toISOString().slice(0, 13);
  return {
    id: 'a rebuild',
    kind: 'rebuild',
    projection: 'feed',
    version: 'r1',
    before: FIRST_VERSION,
    from: '0000-01-01T00:00:00.000Z',
    startedAt: `${now}:00:00.000Z`,
    archivedTo: `${now}:00:00.000Z`,
    stage: 'archive',
    arrivals: { 'shardId-000000000000': '2016-02-22T07:02:00.000Z' },
    counts: NO_COUNTS,
    seconds: 0,
    ...more,
  };
}
