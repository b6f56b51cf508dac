import { dollarsOf, PRICES_OF, prices, type Priced, times, type Usage } from '../apps/aws/prices/prices.ts';
import {
  type MeasuredUnits,
  type Units,
  usageOfJoins,
  usageOfPulledYubls,
  usageOfYubls,
} from '../apps/aws/prices/prices-per-million.ts';
import { projectionNames } from '../apps/projections/registry.ts';
import { measureUnits } from './aws/consumer-units.ts';
import { withMiniStack } from './aws/mini-stack.ts';
import { type Benchmark, type Figure, figure } from './harness/benchmark.ts';

const FOLLOWERS = 100;
const BAR_REQUESTS = 1 / 25;
const BAR_UNITS = 1;

export const awsCost: Benchmark = {
  name: 'aws-cost',
  title: 'What the AWS engine asks of DynamoDB, and what that and the rest cost by list prices',
  async run({ folder, say }) {
    const measured = await withMiniStack(folder, (config) => measureUnits(config, FOLLOWERS));
    const costs = {
      [`a million yubls at ${FOLLOWERS} followers, all handed on`]: usageOfYubls(FOLLOWERS, measured),
      [`a million yubls at ${FOLLOWERS} followers, hybrid: taken from their authors when read`]:
        usageOfPulledYubls(measured),
      'a million users joined': usageOfJoins(measured),
    };
    for (const [what, usage] of Object.entries(costs)) say(`${what}: ${inWords(usage)}`);
    return {
      input: `events of about 1 KB through the consumers of the functions, one after the other, with their stores on MiniStack; prices of ${PRICES_OF} for us-east-1`,
      figures: [
        entryFigure('write requests', measured.feedEntry.requests, BAR_REQUESTS),
        entryFigure('write units', measured.feedEntry.writeUnits, BAR_UNITS),
        ...unitFigures(measured),
        ...Object.entries(costs).map(([what, usage]) => figure(what, '$', { runs: [dollarsOf(usage)] })),
      ],
      notes: [
        'Write units are those that the emulator counts by the size of items, and twice in transactions. Its read units are too low where an answer is larger than 4 KB.',
        `Dollars leave out shards, streams and engines by the month, what is stored, logs, and reading: a feed of one who follows authors whose yubls are taken from them asks for the newest of each. Unchecked prices: ${unchecked().join(', ')}.`,
        'A function takes 0.5 s of 0.5 GB for 100 records, or for 10 messages of a queue. In a queue that is not full the latter is more for each yubl.',
      ],
    };
  },
};

function entryFigure(what: string, value: number, atMost: number): Figure {
  return figure(`an entry of a follower’s feed: ${what}`, '', { runs: [value], bar: { atMost } });
}

function unitFigures({ events, pulledYubl }: MeasuredUnits): Figure[] {
  const line = (what: string, { writeUnits, readUnits, requests }: Units) => [
    figure(`${what}: write units`, '', { runs: [writeUnits] }),
    figure(`${what}: read units`, '', { runs: [readUnits] }),
    figure(`${what}: requests`, '', { runs: [requests] }),
  ];
  const each = projectionNames.flatMap((name) =>
    Object.entries(events[name] ?? {}).flatMap(([type, units]) => line(`${name}, ${type}`, units)),
  );
  return [...each, ...line('feed, yubl-posted above the threshold', pulledYubl)];
}

function unchecked(): string[] {
  return Object.values(prices).flatMap(({ unit, checked }) => (checked ? [] : unit));
}

function inWords(usage: Usage): string {
  return (Object.keys(usage) as Priced[])
    .map((what) => `${what} $${dollarsOf(times({ [what]: usage[what] ?? 0 }, 1)).toFixed(2)}`)
    .join(', ');
}
