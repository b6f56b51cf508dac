import { defined } from '../../../../events/defined.ts';
import { type EventMark, identityOf, type MarkedEvent } from '../../../../events/event-mark.ts';
import type { FoundRow, KeyValue, Row, RowKey, TableLayout } from '../../../../ports/row-store.ts';
import { keyIn, orderOf } from '../../../shared/row-order.ts';
import { type DynamoTable, indexKeys } from '../dynamo-table.ts';
import type { Item, ItemKey } from '../item.ts';

// The items of one version of a projection of tables, all in one table of DynamoDB.
//
//   TABLE#partition, sort    a row: `row` as JSON, `version` (what changed it last), the keys of its indexes; in tables
//                            that one key changes `mark`, which outlives the row
//   #event#source id, -      an event that was stored, where no row can tell; kept forever
//   #left#user, -            a user who left: `event` is what said so
//   #user#TABLE#user, …      the key of a row that belongs to the user, unless it is in their own partition
//   #tables, -               the lines that describe the tables

/** As much of a table as the stores and readers of rows use. */
export type RowTable = Pick<DynamoTable, 'name' | 'get' | 'getAll' | 'query' | 'put' | 'transact'>;

export interface RowItem extends Item {
  /** Absent if the row was removed. */
  readonly row?: string;
  /** Another one for each state that the row was ever in. */
  readonly version: string;
  readonly mark?: EventMark;
}

const NO_SORT = '-';
const EVENT = '#event#';

export const DESCRIPTION: ItemKey = { pk: '#tables', sk: NO_SORT };

export function itemKey({ table, partition, sort }: RowKey): ItemKey {
  return { pk: partitionKey(table, partition), sk: sort === undefined ? NO_SORT : valueText(sort) };
}

export function partitionKey(table: string, partition: KeyValue): string {
  return partitionKeyPrefix(table) + valueText(partition);
}

export function partitionKeyPrefix(table: string): string {
  return `${table}#`;
}

export function eventKey(event: MarkedEvent): Item {
  return { pk: `${EVENT}${identityOf(event)}`, sk: NO_SORT };
}

export function leftKey(userId: string): ItemKey {
  return { pk: `#left#${userId}`, sk: NO_SORT };
}

export interface LeftItem extends Item {
  readonly event: MarkedEvent;
}

/** The users to whom a row belongs. */
export function ownersOf(row: Row | undefined, { belongsTo }: TableLayout): string[] {
  return row === undefined ? [] : [...new Set(belongsTo.map((field) => row[field] as string))];
}

/** The partitions that have a user's rows, or list their keys. */
export function ownedPartitions({ name, partition, belongsTo }: TableLayout, userId: string): string[] {
  return [
    ...new Set(belongsTo.map((field) => (field === partition ? partitionKey(name, userId) : listOf(name, userId)))),
  ];
}

/** The items that list a row among those of its users: none for one whose partition it is in. */
export function ownedItems(key: RowKey, row: Row | undefined, layout: TableLayout): Item[] {
  const sk = `${valueText(key.partition)}\0${valueText(key.sort ?? '')}`;
  const listed = { ...layout, belongsTo: layout.belongsTo.filter((field) => field !== layout.partition) };
  return ownersOf(row, listed).map((userId) => ({ pk: listOf(layout.name, userId), sk, key }));
}

function listOf(table: string, userId: string): string {
  return `#user#${table}#${userId}`;
}

export interface EventItem extends Item {
  /** To whom the rows belong that the event has changed. */
  readonly users?: readonly string[];
}

export function eventItem(event: MarkedEvent, users: readonly string[]): EventItem {
  return users.length === 0 ? eventKey(event) : { ...eventKey(event), users };
}

/** The name of the table whose row an item is; undefined for one of an event. */
export function tableIn({ pk }: ItemKey): string | undefined {
  return pk.startsWith('#') ? undefined : pk.slice(0, pk.indexOf('#'));
}

export function partitionIn({ pk }: ItemKey): string {
  const text = pk.slice(pk.indexOf('#') + 1);
  return text.startsWith('n') ? String(numberOf(text)) : text.slice(1);
}

export function rowItem(
  key: RowKey,
  {
    row,
    version,
    mark,
  }: { readonly row: Row | undefined; readonly version: string; readonly mark: EventMark | undefined },
  layout: TableLayout,
): RowItem {
  const item = { ...itemKey(key), version, ...defined({ mark }) };
  return row === undefined ? item : { ...item, row: JSON.stringify(row), ...indexAttributes(row, layout) };
}

export function rowIn({ row }: RowItem): Row | undefined {
  return row === undefined ? undefined : (JSON.parse(row) as Row);
}

export function foundIn(item: RowItem | undefined): FoundRow {
  if (item === undefined) return {};
  const row = rowIn(item);
  const { version, mark } = item;
  return defined({ row, version, mark });
}

/** The keys of a row in the indexes that it is in. */
function indexAttributes(row: Row, layout: TableLayout): Record<string, string> {
  const entries = layout.indexes.flatMap((index, number) => {
    const partition = index.partition === undefined ? '' : row[index.partition];
    if (row[index.sort] === undefined || partition === undefined) return [];
    const { partition: inPartition, sort } = indexKeys(number);
    return [
      [inPartition, indexPartition(layout.name, index.name, partition as KeyValue)],
      [sort, indexText(row, layout, index.name)],
    ];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

export function indexPartition(table: string, index: string, partition: KeyValue | undefined): string {
  return `${table}.${index}#${valueText(partition ?? '')}`;
}

/** Sorts like the fields that order the index, one after the other: no text in them contains a NUL character. */
function indexText(row: Row, layout: TableLayout, index: string): string {
  const { fields } = orderOf(layout, index);
  return placeText(fields.map((field) => row[field] as KeyValue));
}

export function placeText(place: readonly KeyValue[]): string {
  return place.map(valueText).join('\0');
}

/** Sorts like the value. */
export function valueText(value: KeyValue): string {
  return typeof value === 'string' ? `t${value}` : `n${numberText(value)}`;
}

/** The bits of a double as 16 hexadecimal digits, turned so that they sort like the numbers. */
function numberText(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // -0 equals 0.
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const turned = bits >> 63n === 1n ? BigInt.asUintN(64, ~bits) : bits | (1n << 63n);
  return turned.toString(16).padStart(16, '0');
}

function numberOf(text: string): number {
  const turned = BigInt(`0x${text.slice(1)}`);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, turned >> 63n === 1n ? BigInt.asUintN(64, turned & ~(1n << 63n)) : BigInt.asUintN(64, ~turned));
  return view.getFloat64(0);
}

/** Whether an item says in its indexes what its row says. */
export function isSoundItem(item: RowItem, layout: TableLayout): boolean {
  const row = rowIn(item);
  if (row === undefined)
    return layout.changedBy === 'one-key' && layout.indexes.every((_, index) => !(indexKeys(index).sort in item));
  const { pk, sk } = itemKey(keyIn(row, layout));
  const expected = indexAttributes(row, layout);
  const names = layout.indexes.flatMap((_, index) => [indexKeys(index).partition, indexKeys(index).sort]);
  return pk === item.pk && sk === item.sk && names.every((name) => item[name] === expected[name]);
}
