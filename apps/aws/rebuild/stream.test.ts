import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runRebuild } from '../../../engine/rebuild/run.ts';
import type { Note } from '../../../consumers/runtime/consumer.ts';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import { FIRST_VERSION } from '../live-versions.ts';
import { type AwsRebuildState, NO_COUNTS } from './state.ts';
import { rebuildSteps } from './steps.ts';
import type { AwsRebuildWork, StreamSource } from './work.ts';

// The stream is a list of arrivals here, and time passes only with work: a turn over the stream, a pause, a record.

const NOW_MS = Date.parse('2026-01-01T00:00:00.000Z');
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const TURN_MS = 50;

interface Given {
  /** Arrivals in the stream before the rebuild starts and while it runs: milliseconds from `NOW_MS`. */
  readonly arrivals: readonly number[];
  readonly state?: Partial<AwsRebuildState>;
  readonly retentionMs?: number;
  /** Duration of the audit of the new tables. */
  readonly auditMs?: number;
  /** Duration of applying one record. */
  readonly recordMs?: number;
  readonly pageRecords?: number;
}

function follow({ arrivals, state: more, retentionMs = DAY_MS, recordMs = 1, pageRecords = 3, auditMs = 0 }: Given) {
  let nowMs = NOW_MS;
  const reads: ('start' | Date)[] = [];
  const taken: number[] = [];
  const takenAtFlip: number[] = [];
  const takenAtAudit: number[] = [];
  const streamedTo: (string | undefined)[] = [];
  const warnings: string[] = [];
  const read: StreamSource['read'] = async function* pages({ from, upTo }) {
    reads.push(from);
    nowMs += TURN_MS;
    const fromMs = from === 'start' ? -Infinity : from.getTime();
    const there = arrivals.map((ms) => ms + NOW_MS).filter((ms) => ms >= fromMs && ms <= upTo.getTime());
    for (let at = 0; at < there.length; at += pageRecords) {
      const page = there.slice(at, at + pageRecords);
      yield { records: page.map(recordOf), readTo: new Date(page.at(-1) ?? 0) };
    }
  };
  const state: AwsRebuildState = { ...BEGUN, ...more };
  const warn = (_: Note, message: string) => void warnings.push(message);
  const work = {
    parts: {
      stream: { read, retentionMs: async () => retentionMs },
      versions: { flip: async () => takenAtFlip.push(...taken) >= 0, now: async () => state.version },
      log: { debug: warn, info: warn, warn, error: warn },
    },
    options: { functionMs: 0 },
    clock: { nowMs: () => nowMs, pause: async (ms: number) => void (nowMs += ms) },
    state,
    async take(records: readonly ArchivedRecord[]) {
      for (const { arrivedAt } of records) {
        nowMs += recordMs;
        taken.push(Date.parse(arrivedAt) - NOW_MS);
      }
    },
    version: {
      async audit() {
        takenAtAudit.push(...taken);
        nowMs += auditMs;
        return { counts: {}, broken: [], digest: '', live: 'not comparable' as const };
      },
    },
    settled: async () => {},
    async keep(changes: Partial<AwsRebuildState>) {
      Object.assign(state, changes);
      streamedTo.push(state.streamedTo);
    },
    report: () => {},
    signal: new AbortController().signal,
  };
  const { archive: _, ...steps } = rebuildSteps(work as unknown as AwsRebuildWork);
  const done = runRebuild(state, {
    ends: ['done', 'archive'],
    steps: () => steps,
    save: () => {},
    signal: work.signal,
  });
  return {
    done,
    state,
    reads,
    taken,
    takenAtAudit,
    takenAtFlip,
    streamedTo,
    warnings,
    elapsedMs: () => nowMs - NOW_MS,
  };
}

const BEGUN: AwsRebuildState = {
  id: 'a rebuild',
  kind: 'rebuild',
  projection: 'feed',
  version: 'r1',
  before: FIRST_VERSION,
  from: '0000-01-01T00:00:00.000Z',
  startedAt: new Date(NOW_MS).toISOString(),
  archivedTo: new Date(NOW_MS).toISOString(),
  stage: 'stream',
  arrivals: {},
  counts: NO_COUNTS,
  seconds: 0,
};

function recordOf(arrivedMs: number): ArchivedRecord {
  const arrivedAt = new Date(arrivedMs).toISOString();
  return { shardId: 'shardId-000000000000', seq: '1', arrivedAt, partitionKey: 'key', data: new Uint8Array() };
}

const archivedTo2016 = { arrivals: { 'shardId-000000000000': '2016-02-22T07:02:00.000Z' } };

test('an archive that ended ten years ago takes no more turns than one that ended now', async () => {
  const [old, fresh] = [{ state: archivedTo2016 }, {}].map((given) => follow({ arrivals: [], ...given }));
  await Promise.all([old?.done, fresh?.done]);
  expect(old?.state.stage).toBe('done');
  expect(old?.reads.length).toBe(fresh?.reads.length);
  expect(old?.reads[0]).toBe('start');
});

test('reading starts no earlier than the oldest record of the stream, and the gap is logged', async () => {
  const begun = follow({ arrivals: [-2 * HOUR_MS, -HOUR_MS], state: archivedTo2016 });
  await begun.done;
  expect(begun.reads[0]).toBe('start');
  expect(begun.takenAtFlip).toEqual([-2 * HOUR_MS, -HOUR_MS]);
  expect(begun.state.gap).toEqual({
    from: '2016-02-22T06:47:00.000Z',
    to: new Date(NOW_MS - DAY_MS).toISOString(),
  });
  expect(begun.warnings).toEqual([
    'events that arrived between the end of the archive and the oldest record of the stream, if any, are lost',
  ]);
});

test('reading starts at the end of the archive if the stream still holds it, and nothing is logged', async () => {
  const arrivedAt = new Date(NOW_MS - HOUR_MS).toISOString();
  const begun = follow({
    arrivals: [-3 * HOUR_MS, -30_000],
    state: { arrivals: { 'shardId-000000000000': arrivedAt } },
  });
  await begun.done;
  expect(begun.reads[0]).toEqual(new Date(NOW_MS - HOUR_MS - 15 * 60_000));
  expect(begun.takenAtFlip).toEqual([-30_000]);
  expect(begun.warnings).toEqual([]);
});

test('a rollback whose tables were last written before the oldest record of the stream logs the gap as well', async () => {
  const state = { kind: 'rollback', from: '2020-01-01T00:00:00.000Z' } as const;
  const begun = follow({ arrivals: [], state });
  await begun.done;
  expect([begun.reads[0], begun.warnings.length]).toEqual(['start', 1]);
});

test('a long turn saves its progress, which never goes backwards', async () => {
  const arrivals = Array.from({ length: 90 }, (_, index) => (index - 90) * 60_000);
  const long = follow({ arrivals, recordMs: 1000 });
  await long.done;
  const kept = long.streamedTo.filter((instant) => instant !== undefined);
  expect(new Set(kept).size).toBeGreaterThan(10);
  expect(kept).toEqual(kept.toSorted());
});

test('records that may expire from the stream before they are read are taken from the archive', async () => {
  const arrivals = Array.from({ length: 100 }, (_, index) => (index - 100) * 60_000);
  const slow = follow({ arrivals, recordMs: 300_000 });
  await slow.done;
  expect([slow.state.stage, slow.reads.length]).toEqual(['archive', 1]);
});

test('events that arrive during the audit of the new tables are applied before they go live', async () => {
  const arrivals = [-30_000, 20_000, 40_000, 61_000];
  const begun = follow({ arrivals, auditMs: 60_000 });
  await begun.done;
  expect(begun.takenAtAudit).toEqual([-30_000]);
  expect(begun.takenAtFlip).toEqual(expect.arrayContaining([-30_000, 20_000, 40_000]));
  expect(begun.taken).toContain(61_000);
  expect(begun.state.verified?.name).toBe('feed');
});

test('a rebuild that is slower than the arriving events logs a warning', async () => {
  const arrivals = Array.from({ length: 400 }, (_, index) => index * 1000 - 100_000);
  const slow = follow({ arrivals, recordMs: 1100 });
  await slow.done;
  expect(slow.warnings).toContain('rebuild is not catching up with the stream');
  // The arrivals end eventually.
  expect(slow.state.stage).toBe('done');
});

test('a rebuild that never catches up ends, and says why, before anything is live', async () => {
  const arrivals = Array.from({ length: 2000 }, (_, index) => index * 10_000 - 20_000);
  const slow = follow({ arrivals, recordMs: 10_000 });
  await expect(slow.done).rejects.toMatchObject({ code: 'NOT_CAUGHT_UP', message: expect.stringContaining('feed') });
  expect(slow.takenAtFlip).toEqual([]);
  expect(slow.state).toMatchObject({ stage: 'stream', error: { code: 'NOT_CAUGHT_UP' } });
});

test('all but the last seconds before the flip are applied at the flip, and everything in the end', async () => {
  const arrival = fc.integer({ min: -4 * HOUR_MS, max: 20_000 });
  const given = fc.record({
    arrivals: fc.array(arrival, { maxLength: 60 }).map((all) => all.toSorted((a, b) => a - b)),
    recordMs: fc.integer({ min: 0, max: 5000 }),
    pageRecords: fc.integer({ min: 1, max: 9 }),
    auditMs: fc.integer({ min: 0, max: 100_000 }),
  });
  await fc.assert(
    fc.asyncProperty(given, async (played) => {
      const { done, state, taken, takenAtFlip, reads, elapsedMs } = follow(played);
      await done;
      expect(state.stage).toBe('done');
      const flippedMs = Date.parse(state.flippedAt ?? '') - NOW_MS;
      const early = played.arrivals.filter((ms) => ms < flippedMs - 10_000);
      expect(early.filter((ms) => !takenAtFlip.includes(ms))).toEqual([]);
      expect(
        played.arrivals.filter((ms) => !taken.includes(ms) && ms < Date.parse(state.streamedTo ?? '') - NOW_MS),
      ).toEqual([]);
      expect(reads.length).toBeLessThanOrEqual(5 + played.arrivals.length + elapsedMs() / 2000);
    }),
  );
});
