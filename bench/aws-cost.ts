import { dollarsOf, PRICES_OF, prices, type Priced, times, type Usage } from '../apps/aws/prices/prices.ts';
import type { Units } from '../apps/aws/prices/units.ts';
import { openRegisteredTables } from '../consumers/tables/open-projection.ts';
import { projectionNames, tableProjections } from '../apps/projections/registry.ts';
import { measureUnits } from './aws/consumer-units.ts';
import { type MeasuredUnits, usageOfJoins, usageOfPulledYubls, usageOfYubls } from './aws/usage-per-million.ts';
import { type EmulatorConfig, withMiniStack } from './aws/mini-stack.ts';
import { costFigures, type MeasuredTables, projectionFigures, rowFigures } from './aws/table-figures.ts';
import { type MeasuredType, measureTables } from './aws/table-units.ts';
import { dividedBy } from './aws/unit-meter.ts';
import { type Benchmark, type Figure, figure } from './harness/benchmark.ts';

const FOLLOWERS = 100;
const BAR_REQUESTS = 1 / 25;
const BAR_UNITS = 1;

export const awsCost: Benchmark = {
  name: 'aws-cost',
  title: 'DynamoDB capacity used by the AWS engine, and its cost at list prices',
  async run({ folder, say }) {
    const [measured, tables] = await withMiniStack(
      folder,
      async (config) => [await measureUnits(config, FOLLOWERS), await measureAllTables(config)] as const,
    );
    const costs = {
      [`a million yubls at ${FOLLOWERS} followers, all fanned out`]: usageOfYubls(FOLLOWERS, measured),
      [`a million yubls at ${FOLLOWERS} followers, hybrid: pulled when read`]: usageOfPulledYubls(measured),
      'a million users joined': usageOfJoins(measured),
    };
    for (const [what, usage] of Object.entries(costs)) say(`${what}: ${inWords(usage)}`);
    return {
      input: `events of about 1 KB through the consumers of the functions, one after the other, with their stores on MiniStack; prices of ${PRICES_OF} for us-east-1`,
      figures: [
        entryFigure('write requests', measured.feedEntry.requests, BAR_REQUESTS),
        entryFigure('write units', measured.feedEntry.writeUnits, BAR_UNITS),
        ...rowFigures(tables),
        ...unitFigures(measured, tables),
        ...projectionFigures(tables),
        ...Object.entries(costs).map(([what, usage]) => figure(what, '$', { runs: [dollarsOf(usage)] })),
        ...costFigures(tables),
      ],
      notes: [
        'Write units are counted by the emulator from item sizes, doubled in transactions. Its read units are too low for responses above 4 KB.',
        'Projections of tables handle 100 users who join, follow, post on one day with one hashtag, delete and leave. A row that belongs to another user than that of its partition is listed for them by a second item, in one transaction: four units. Rows of users who leave are removed in transactions. A key of a batch of reads is one read unit, because the emulator reports none. Effects are switched off.',
        'A million yubls or users are counted for feed, relationships and search; what projections of tables add is listed separately.',
        `Dollars exclude monthly prices of shards, streams and search engines, storage, logs, and reads: a feed of a user who follows pulled authors queries the newest yubls of each. Unchecked prices: ${unchecked().join(', ')}.`,
        'A function is assumed to take 0.5 s at 0.5 GB for 100 records, or for 10 messages of a queue. In a queue that is not full, the latter costs more per yubl.',
      ],
    };
  },
};

function entryFigure(what: string, value: number, atMost: number): Figure {
  return figure(`an entry of a follower’s feed: ${what}`, '', { runs: [value], bar: { atMost } });
}

async function measureAllTables(config: EmulatorConfig): Promise<MeasuredTables> {
  const measured = new Map<string, readonly MeasuredType[]>();
  for (const registered of tableProjections) {
    measured.set(registered.name, await measureTables(config, await openRegisteredTables(registered)));
  }
  return measured;
}

function unitFigures({ events, pulledYubl }: MeasuredUnits, tables: MeasuredTables): Figure[] {
  const line = (what: string, { writeUnits, readUnits, requests }: Units) => [
    figure(`${what}: write units`, '', { runs: [writeUnits] }),
    figure(`${what}: read units`, '', { runs: [readUnits] }),
    figure(`${what}: requests`, '', { runs: [requests] }),
  ];
  const each = projectionNames.flatMap((name) =>
    Object.entries(events[name] ?? unitsByType(tables.get(name)) ?? notMeasured(name)).flatMap(([type, units]) =>
      line(`${name}, ${type}`, units),
    ),
  );
  return [...each, ...line('feed, yubl-posted above the threshold', pulledYubl)];
}

function unitsByType(types: readonly MeasuredType[] | undefined): Readonly<Record<string, Units>> | undefined {
  return types && Object.fromEntries(types.map(({ type, alone }) => [type, dividedBy(alone, alone.events)]));
}

function notMeasured(projection: string): never {
  throw new Error(`bench/aws/consumer-units.ts does not measure ${projection}`);
}

function unchecked(): string[] {
  return Object.values(prices).flatMap(({ unit, checked }) => (checked ? [] : unit));
}

function inWords(usage: Usage): string {
  return (Object.keys(usage) as Priced[])
    .map((what) => `${what} $${dollarsOf(times({ [what]: usage[what] ?? 0 }, 1)).toFixed(2)}`)
    .join(', ');
}
