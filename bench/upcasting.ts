import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openSqliteEventLogReader } from '../adapters/embedded/log/event-log-reader.ts';
import { inCurrentVersions } from '../consumers/runtime/current-versions.ts';
import type { EventData } from '../events/catalog.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import type { EventLogReader, EventPage, ReadQuery } from '../ports/event-log.ts';
import { catalogUpcasters } from '../schema-registry/catalog-upcasters.ts';
import { type Benchmark, expectEqual, type Figure, figure } from './harness/benchmark.ts';
import { fillLog, fillLogWith } from './load/fill-log.ts';
import { ircInput } from './load/inputs.ts';

const PAGE_EVENTS = 1000;
const COST_BAR = 1.15;
const CURRENT = 'figtree:yubl-posted:2';

export const upcasting: Benchmark = {
  name: 'upcasting',
  title: 'Cost of reading the log in current versions',
  async run(context) {
    const irc = await ircInput(context);
    const [current, early] = ['current', 'early'].map((name) => join(context.folder, name)) as [string, string];
    context.say('into the log');
    mkdirSync(current);
    await fillLog(current, irc.path);
    context.say('into a log of yubl-posted of version 1 alone');
    mkdirSync(early);
    await fillLogWith(early, inVersionOne(current));
    const rounds = context.quick ? 3 : 15;
    return {
      input: `${irc.words}: as they are, and their yubls as yubl-posted of version 1 with names and milliseconds`,
      figures: [
        ...(await figuresOf(current, { name: 'all events current', rounds, bar: { atMost: COST_BAR } })),
        ...(await figuresOf(early, { name: 'all yubl-posted of version 1', rounds })),
      ],
      notes: [
        `The whole log in pages of ${PAGE_EVENTS}, read alternately as recorded and in current versions. The cost compares CPU time.`,
        'An event of version 1 is upcast and parsed by the schema of version 2; the result is compared with the original event.',
      ],
    };
  },
};

interface Reading {
  readonly name: string;
  readonly rounds: number;
  readonly bar?: { readonly atMost: number };
}

async function figuresOf(folder: string, { name, rounds, bar }: Reading): Promise<Figure[]> {
  const log = openSqliteEventLogReader(dataFolder(folder).log);
  const inCurrent = inCurrentVersions(log, catalogUpcasters());
  await expectCurrent(log, inCurrent);
  const head = await log.head();
  const all: Round[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await readInTurns(log, inCurrent, round));
  await log.close();
  const perSecond = (of: 'recorded' | 'current') => all.map((round) => head / round[of].seconds);
  const costs = all.map(({ recorded, current }) => current.cpuSeconds / recorded.cpuSeconds);
  return [
    figure(`${name}: cost`, 'times', { runs: costs, ...(bar && { bar }) }),
    figure(`${name}: as recorded`, 'events/s', { runs: perSecond('recorded') }),
    figure(`${name}: in current versions`, 'events/s', { runs: perSecond('current') }),
  ];
}

interface Time {
  seconds: number;
  cpuSeconds: number;
}

interface Round {
  readonly recorded: Time;
  readonly current: Time;
}

/** Reads the whole log with both readers, alternating page by page, so that other load affects both equally. The order
 *  changes, because the second reader finds the page in the cache. */
async function readInTurns(log: EventLogReader, inCurrent: EventLogReader, round: number): Promise<Round> {
  const head = await log.head();
  const recorded: Time = { seconds: 0, cpuSeconds: 0 };
  const current: Time = { seconds: 0, cpuSeconds: 0 };
  let events = 0;
  let turn = round;
  for (let after = 0; after < head; turn += 1) {
    const query = { after, limit: PAGE_EVENTS };
    const first = turn % 2 === 0 ? await timed(log, query, recorded) : await timed(inCurrent, query, current);
    const second = turn % 2 === 0 ? await timed(inCurrent, query, current) : await timed(log, query, recorded);
    expectEqual('position behind the page', second.position, first.position);
    events += first.events.length + second.events.length;
    after = first.position;
  }
  expectEqual('events read', events, 2 * head);
  return { recorded, current };
}

async function timed(log: EventLogReader, query: ReadQuery, time: Time): Promise<EventPage> {
  const start = performance.now();
  const before = process.cpuUsage();
  const page = await log.read(query);
  const { user, system } = process.cpuUsage(before);
  time.cpuSeconds += (user + system) / 1e6;
  time.seconds += (performance.now() - start) / 1000;
  return page;
}

/** Compares with the benchmark's own implementation of the step. */
async function expectCurrent(log: EventLogReader, inCurrent: EventLogReader): Promise<void> {
  const head = await log.head();
  for (let after = 0; after < head; after += PAGE_EVENTS) {
    const query = { after, limit: PAGE_EVENTS };
    const [{ events: recorded }, { events: read }] = await Promise.all([log.read(query), inCurrent.read(query)]);
    recorded.forEach((event, index) => {
      if (event.type !== 'yubl-posted') return;
      const { yublId, authorId, text, postedAt } = event.data;
      const data = { yublId, authorId, text, postedAt: new Date(postedAt).toISOString() };
      expectEqual(`event ${event.position}`, JSON.stringify(read[index]?.data), JSON.stringify(data));
      expectEqual(`version of ${event.position}`, read[index]?.dataschema, CURRENT);
    });
  }
}

/** The yubls of a log, as the monolith's first releases would have published them. */
async function* inVersionOne(folder: string): AsyncGenerator<EventEnvelope[]> {
  const log = openSqliteEventLogReader(dataFolder(folder).log);
  const head = await log.head();
  for (let after = 0; after < head;) {
    const page = await log.read({ after, limit: PAGE_EVENTS, types: ['yubl-posted'] });
    after = page.position;
    yield page.events.map((event, index) => {
      const { text, postedAt, ...ids } = event.data as EventData<'yubl-posted'>;
      const data = { ...ids, authorName: `Name of ${ids.authorId}`, text, postedAt: Date.parse(postedAt) + index };
      return { ...event, dataschema: 'figtree:yubl-posted:1', data } as unknown as EventEnvelope;
    });
  }
  await log.close();
}
