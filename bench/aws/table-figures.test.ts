import { describe, expect, it } from 'vitest';
import { prices } from '../../apps/aws/prices/prices.ts';
import type { EventType } from '../../events/catalog.ts';
import type { TableLayout } from '../../ports/row-store.ts';
import { type Figure, reaches } from '../harness/benchmark.ts';
import { costFigures, projectionFigures, rowFigures } from './table-figures.ts';
import type { MeasuredType, TypeUnits } from './table-units.ts';

const layout: TableLayout = {
  name: 'rows',
  columns: [],
  partition: 'userId',
  keyFields: ['userId'],
  indexes: [],
  changedBy: 'one-key',
  belongsTo: ['userId'],
};
const listed: TableLayout = { ...layout, belongsTo: ['userId', 'followerId'] };
const shared: TableLayout = { ...layout, changedBy: 'many-keys', belongsTo: [] };

/** Ten events that change a row each. */
const ten: TypeUnits = {
  events: 10,
  changing: 10,
  rows: 10,
  writeUnits: 10,
  indexUnits: 0,
  readUnits: 20,
  requests: 30,
};

function typeOf(type: EventType, table: TableLayout, alone: Partial<TypeUnits> = {}): MeasuredType {
  return { type, tables: [table], alone: { ...ten, ...alone }, batched: { ...ten, ...alone } };
}

function inBatches(one: MeasuredType, batched: Partial<TypeUnits>): MeasuredType {
  return { ...one, batched: { ...one.batched, ...batched } };
}

/** The value of each figure, and whether it reaches its bar. */
function shown(figures: readonly Figure[]): Record<string, unknown> {
  return Object.fromEntries(
    figures.map((one) => [one.what.replace(': write units per event and row', ''), [one.value, reaches(one)]]),
  );
}

describe('figures of projections of tables', () => {
  it('compare the type that takes the most with its bar, without indexes and users who leave', () => {
    const measured = new Map([
      ['one', [typeOf('user-joined', layout), typeOf('user-left', layout, { writeUnits: 30 })]],
      ['two', [typeOf('followed', listed, { writeUnits: 50, indexUnits: 10 })]],
      [
        'three',
        [
          inBatches(typeOf('yubl-posted', shared, { writeUnits: 60, indexUnits: 20 }), {
            writeUnits: 25,
            indexUnits: 5,
          }),
          typeOf('yubl-deleted', shared, { rows: 20, writeUnits: 60 }),
        ],
      ],
    ]);
    expect(shown(rowFigures(measured))).toEqual({
      'rows of one key': [1, true],
      'rows of one key that are also listed for another user': [4, false],
      'rows of many keys': [4, true],
      'rows of many keys, in batches of 100': [3, true],
      'rows of many keys that a batch shares: write units, relative to one event after the other': [0.5, true],
      'entries of indexes, in addition': [2, undefined],
      'rows of users who leave': [3, undefined],
    });
  });

  it('miss their bars', () => {
    const measured = new Map([
      ['one', [typeOf('user-joined', layout, { writeUnits: 11 })]],
      ['two', [typeOf('yubl-posted', shared, { writeUnits: 41 })]],
    ]);
    expect(shown(rowFigures(measured))).toMatchObject({
      'rows of one key': [1.1, false],
      'rows of many keys': [4.1, false],
      'rows of many keys, in batches of 100': [4.1, false],
      'rows of many keys that a batch shares: write units, relative to one event after the other': [1, false],
    });
  });

  it('leave out kinds of rows that there are none of', () => {
    expect(rowFigures(new Map([['one', [typeOf('followed', layout, { changing: 0, rows: 0 })]]]))).toEqual([]);
  });

  it('divide what a projection takes by the events that change a row, and by the rows', () => {
    const posted = inBatches(typeOf('yubl-posted', shared, { rows: 30, writeUnits: 40 }), { writeUnits: 20 });
    const idle = typeOf('user-left', layout, { changing: 0, rows: 0 });
    expect(shown(projectionFigures(new Map([['one', [typeOf('user-joined', layout), posted, idle]]])))).toEqual({
      'one: write units per event that changes a row': [50 / 20, undefined],
      'one: requests per event that changes a row': [60 / 20, undefined],
      'one: write units per changed row': [50 / 40, undefined],
      'one: requests per changed row': [60 / 40, undefined],
      'one, in batches of 100: write units per event that changes a row': [30 / 20, undefined],
      'one, in batches of 100: requests per event that changes a row': [60 / 20, undefined],
      'one, in batches of 100: write units per changed row': [30 / 40, undefined],
      'one, in batches of 100: requests per changed row': [60 / 40, undefined],
    });
  });

  it('price a million events by their units and their part of an invocation', () => {
    const { dynamoWrite, dynamoRead, lambdaRequest, lambdaSeconds } = prices;
    // One write unit and two read units per event; 10,000 batches of half a second with half a GB.
    const dollars =
      dynamoWrite.dollars + 2 * dynamoRead.dollars + lambdaRequest.dollars / 100 + lambdaSeconds.dollars * 2500;
    const [cost] = costFigures(new Map([['one', [typeOf('followed', layout)]]]));
    expect(cost?.what).toBe('a million events followed: in addition for one');
    expect(cost?.value).toBeCloseTo(dollars, 3);
  });

  it('leave out projections of which nothing changes a row', () => {
    const idle = typeOf('user-left', layout, { changing: 0, rows: 0 });
    expect(projectionFigures(new Map([['one', [idle]]]))).toEqual([]);
  });
});
