import { defined } from '../../events/defined.ts';
import { dollarsOf } from '../../apps/aws/prices/prices.ts';
import { type Bar, type Figure, figure } from '../harness/benchmark.ts';
import type { MeasuredType, TypeUnits } from './table-units.ts';
import { dividedBy } from './unit-meter.ts';
import { BATCH_RECORDS, usageOfProjection } from './usage-per-million.ts';

/** By projection. */
export type MeasuredTables = ReadonlyMap<string, readonly MeasuredType[]>;

const BAR_ONE_KEY = 1;
const BAR_MANY_KEYS = 4;
// Less than each event alone.
const BAR_SHARED = 0.99;
const IN_BATCHES = `in batches of ${BATCH_RECORDS}`;

/** Write units per event and row: of the type of events that takes the most, without the entries of indexes, which are a
 *  figure of their own. Kinds of rows that no projection has are left out. */
export function rowFigures(measured: MeasuredTables): Figure[] {
  const changing = [...measured.values()].flat().filter(({ alone }) => alone.rows > 0);
  const leaving = changing.filter(({ type }) => type === 'user-left');
  const handled = changing.filter((one) => !leaving.includes(one));
  const manyKeys = handled.filter(({ tables }) => tables.some(({ changedBy }) => changedBy === 'many-keys'));
  const oneKey = handled.filter((one) => !manyKeys.includes(one));
  const listed = oneKey.filter(isListed);
  const single = oneKey.filter((one) => !listed.includes(one));
  const alone = (one: MeasuredType) => unitsPerRow(one.alone);
  const batched = (one: MeasuredType) => unitsPerRow(one.batched);
  const shared = manyKeys.map((one) => batched(one) / alone(one));
  return [
    ...most('rows of one key', single.map(alone), { atMost: BAR_ONE_KEY }),
    ...most('rows of one key that are also listed for another user', listed.map(alone), { atMost: BAR_ONE_KEY }),
    ...most('rows of many keys', manyKeys.map(alone), { atMost: BAR_MANY_KEYS }),
    ...most(`rows of many keys, ${IN_BATCHES}`, manyKeys.map(batched), { atMost: BAR_MANY_KEYS }),
    ...(shared.length === 0 ? [] : [sharedFigure(Math.min(...shared))]),
    ...most(
      'entries of indexes, in addition',
      handled.map(({ alone: { indexUnits, rows } }) => indexUnits / rows),
    ),
    ...most('rows of users who leave', leaving.map(alone)),
  ];
}

function most(rows: string, unitsPerRow: readonly number[], bar?: Bar): Figure[] {
  if (unitsPerRow.length === 0) return [];
  return [
    figure(`${rows}: write units per event and row`, '', { runs: [Math.max(...unitsPerRow)], ...defined({ bar }) }),
  ];
}

function sharedFigure(least: number): Figure {
  const what = `rows of many keys that a batch shares: write units, relative to one event after the other`;
  return figure(what, 'times', { runs: [least], bar: { atMost: BAR_SHARED } });
}

function unitsPerRow({ writeUnits, indexUnits, rows }: TypeUnits): number {
  return (writeUnits - indexUnits) / rows;
}

/** Whether its rows are listed among those of their users by items of their own. */
function isListed({ tables }: MeasuredType): boolean {
  return tables.some(({ belongsTo, partition }) => belongsTo.some((field) => field !== partition));
}

/** Averages of each projection, over all events of its history that change a row. */
export function projectionFigures(measured: MeasuredTables): Figure[] {
  return [...measured].flatMap(([name, types]) => {
    const changing = types.filter(({ alone }) => alone.rows > 0);
    if (changing.length === 0) return [];
    const ways = [
      [name, changing.map(({ alone }) => alone)],
      [`${name}, ${IN_BATCHES}`, changing.map(({ batched }) => batched)],
    ] as const;
    return ways.flatMap(([what, all]) => {
      const total = (count: (one: TypeUnits) => number) => all.reduce((sum, one) => sum + count(one), 0);
      const [writeUnits, requests] = [total((one) => one.writeUnits), total((one) => one.requests)];
      const [events, rows] = [total((one) => one.changing), total((one) => one.rows)];
      return [
        figure(`${what}: write units per event that changes a row`, '', { runs: [writeUnits / events] }),
        figure(`${what}: requests per event that changes a row`, '', { runs: [requests / events] }),
        figure(`${what}: write units per changed row`, '', { runs: [writeUnits / rows] }),
        figure(`${what}: requests per changed row`, '', { runs: [requests / rows] }),
      ];
    });
  });
}

/** What a million events cost in addition to what they cost without the projection, one after the other. */
export function costFigures(measured: MeasuredTables): Figure[] {
  return [...measured].flatMap(([name, types]) =>
    types.map(({ type, alone }) => {
      const usage = usageOfProjection(dividedBy(alone, alone.events));
      return figure(`a million events ${type}: in addition for ${name}`, '$', { runs: [dollarsOf(usage)] });
    }),
  );
}
