import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDurableFile } from '../adapters/embedded/files/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../adapters/embedded/log/event-rows.ts';
import { openProjectionFile } from '../adapters/embedded/projection/file.ts';
import { openSqliteEventLog } from '../adapters/embedded/log/event-log.ts';
import { openSqliteEventLogReader } from '../adapters/embedded/log/event-log-reader.ts';
import { catalogPersonalWords } from '../consumers/runtime/catalog-personal-words.ts';
import { constantBackoff } from '../resilience/backoff.ts';
import type { Consumer, Log } from '../consumers/runtime/consumer.ts';
import { inCurrentVersions } from '../consumers/runtime/current-versions.ts';
import { createProcessor } from '../consumers/runtime/processor.ts';
import { createTracer } from '../consumers/runtime/tracer.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { sequenceOf } from '../events/sequence.ts';
import { catalogUpcasters } from '../schema-registry/catalog-upcasters.ts';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { median } from './harness/statistics.ts';

const EVENTS = 10_000;
const BAR_SECONDS = 10;
const BAR_TIMES = 1.3;
// One event of this many fails: if more than half failed the projection would pause.
const ONE_IN = 3;

type Arrangement = 'of one key' | 'of different keys';

export const parking: Benchmark = {
  name: 'parking',
  title: 'Parking 10,000 events, and redriving them',
  async run({ folder, quick, say }) {
    const figures = [];
    for (const arrangement of ['of one key', 'of different keys'] as const) {
      const [single, double]: [Run[], Run[]] = [[], []];
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        say(`${arrangement}, round ${round + 1}`);
        single.push(await parkAndRedrive(join(folder, 'one'), { parked: EVENTS, arrangement }));
        double.push(await parkAndRedrive(join(folder, 'two'), { parked: 2 * EVENTS, arrangement }));
      }
      const total = ({ parking: one, redriving: other }: Run) => one + other;
      const growth = median(double.map(total)) / median(single.map(total)) / 2;
      figures.push(
        figure(`${EVENTS} ${arrangement}: parking`, 's', { runs: single.map((run) => run.parking) }),
        figure(`${EVENTS} ${arrangement}: redriving`, 's', { runs: single.map((run) => run.redriving) }),
        figure(`${EVENTS} ${arrangement}: both`, 's', { runs: single.map(total), bar: { atMost: BAR_SECONDS } }),
        figure(`twice as many ${arrangement}: both, per event, relative to half as many`, 'times', {
          runs: [growth],
          bar: { atMost: BAR_TIMES },
        }),
      );
    }
    return {
      input: `a log of three times as many events; the consumer fails on every third one and writes one row per event`,
      figures,
      notes: [
        'Parking is the whole catch-up of one processor in this thread, including events that did not fail. Redriving is one request for everything parked, until its response: each event is read from the log again and handled in the transaction that removes it from the parking lot. Both are checked: number and order of the effects, and nothing parked at the end.',
      ],
    };
  },
};

interface Run {
  readonly parking: number;
  readonly redriving: number;
}

async function parkAndRedrive(folder: string, input: { parked: number; arrangement: Arrangement }): Promise<Run> {
  mkdirSync(folder);
  const durable = openDurableFile(join(folder, 'log.db'), EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(durable);
  const events = eventsOf(input);
  for (let from = 0; from < events.length; from += 5000) await log.append(events.slice(from, from + 5000));
  const head = await log.head();
  const subject = openSubject(folder, durable.path);
  const parkingSeconds = await secondsOf(() => subject.processor.catchUp(head));
  expectEqual('parked', subject.file.parkedCount(), input.parked);
  const running = subject.processor.run();
  subject.mend();
  const redriving = await secondsOf(async () => {
    expectEqual('redriven', (await subject.processor.redrive({ all: true })).handled, input.parked);
  });
  expectEqual('parked at the end', subject.file.parkedCount(), 0);
  expectEqual('effects', subject.effects(), events.length);
  expectEqual('effects out of order', subject.outOfOrder(), 0);
  await subject.processor.stop();
  await running;
  await subject.close();
  await durable.close();
  rmSync(folder, { recursive: true });
  return { parking: parkingSeconds, redriving };
}

const SCHEMA = 'CREATE TABLE IF NOT EXISTS effect (number INTEGER PRIMARY KEY, position INTEGER, key TEXT);';
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

function openSubject(folder: string, logPath: string) {
  const file = openProjectionFile({ path: join(folder, 'projection.db'), version: 1, schema: SCHEMA });
  const insert = file.database.prepare('INSERT INTO effect VALUES (NULL, ?, ?)');
  const count = file.database.prepare('SELECT count(*) AS events FROM effect');
  const disorder = file.database.prepare(
    'SELECT count(*) AS events FROM (SELECT position < lag(position) OVER (PARTITION BY key ORDER BY number) AS back FROM effect) WHERE back',
  );
  let broken = true;
  const consumer: Consumer = {
    name: 'bench',
    on: {
      'yubl-deleted'({ position = 0, partitionkey }) {
        if (broken && position % ONE_IN === 0) throw new Error('the service is away');
        insert.run(position, partitionkey);
      },
    },
  };
  const upcasters = catalogUpcasters();
  const personal = catalogPersonalWords();
  const log = inCurrentVersions(openSqliteEventLogReader(logPath), upcasters);
  const processor = createProcessor({
    unit: file,
    consumers: [consumer],
    log,
    tracer: createTracer(silent, personal),
    logger: silent,
    upcasters,
    personal,
    headBeyond: () => new Promise((resolve) => setTimeout(resolve, 5, false)),
    onProgress() {},
    // They wait until they are redriven.
    retry: { attemptsMax: 10, ...constantBackoff(3_600_000) },
  });
  const events = (statement: typeof count) => (statement.get() as { events: number }).events;
  return {
    file,
    processor,
    mend: () => void (broken = false),
    effects: () => events(count),
    outOfOrder: () => events(disorder),
    async close() {
      await log.close();
      file.close();
    },
  };
}

function eventsOf({ parked, arrangement }: { parked: number; arrangement: Arrangement }): EventEnvelope[] {
  return Array.from({ length: parked * ONE_IN }, (_, index) => {
    const fails = (index + 1) % ONE_IN === 0;
    return event(index, fails && arrangement === 'of one key' ? 0 : index + 1);
  });
}

function event(number: number, key: number): EventEnvelope {
  const yublId = key.toString(16).padStart(24, '0');
  const id = `bench-${number}`;
  return {
    specversion: '1.0',
    id,
    source: 'urn:bench',
    type: 'yubl-deleted',
    time: '2016-02-22T07:02:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'figtree:yubl-deleted:1',
    subject: yublId,
    partitionkey: yublId,
    sequence: sequenceOf(1_456_124_520 + number, 1),
    correlationid: id,
    data: { yublId },
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
