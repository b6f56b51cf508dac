import type { MarkedEvent } from '../events/event-mark.ts';
import type { Page } from './page.ts';
import type { Stored } from './stored.ts';

/** Plain JSON. The schema of its table has accepted it. */
export type Row = Readonly<Record<string, unknown>>;

export type KeyValue = string | number;

/** One table of rows, as an engine needs to know it. */
export interface TableLayout {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** The fields that identify a row. Rows of one partition are listed together, in the order of `sort`. */
  readonly partition: string;
  readonly sort?: string;
  /** The same as a list: one or two. */
  readonly keyFields: readonly string[];
  readonly indexes: readonly IndexLayout[];
  /** one-key: each row is changed only by events of one partition key, and by none that is older than what changed it
   *  before. many-keys: events of any key change it, in whatever order they come. */
  readonly changedBy: 'one-key' | 'many-keys';
  /** The fields that name the users to whom a row belongs: it is removed when one of them leaves. */
  readonly belongsTo: readonly string[];
}

/** The tables of a projection. */
export interface DescribedTables {
  readonly projection: string;
  readonly layouts: readonly TableLayout[];
  /** Lines that say what the rows are. */
  readonly description: readonly string[];
}

/** A field of the rows. json: anything that is none of the others. */
export interface Column {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'number' | 'flag' | 'json';
  readonly optional: boolean;
}

/** Another order of the same rows. A row without one of these fields is not in it. */
export interface IndexLayout {
  readonly name: string;
  /** Absent: all rows together. */
  readonly partition?: string;
  readonly sort: string;
}

export interface RowKey {
  readonly table: string;
  readonly partition: KeyValue;
  readonly sort?: KeyValue;
}

/** Where rows are listed, and which. What is undefined is as if it were absent. */
export interface RowQuery {
  /** Absent: in the order of the table's own key. */
  readonly index?: string | undefined;
  /** Absent only for an index of all rows. */
  readonly partition?: KeyValue | undefined;
  /** Bounds of the field that orders the rows, both included. */
  readonly from?: KeyValue | undefined;
  readonly to?: KeyValue | undefined;
  /** Default: ascending. Rows that the order does not distinguish are in the order of their keys. */
  readonly order?: 'ascending' | 'descending' | undefined;
  readonly limit: number;
  /** Continues behind this row. */
  readonly after?: RowPlace | undefined;
}

/** A row's place in a list: the values of the fields that order it, from `placeFields`. */
export type RowPlace = readonly KeyValue[];

export type RowPage = Page<Row, RowPlace>;

/** What reads rows. Every method rejects with STORAGE_FAILED if the storage does. */
export interface RowReader {
  row(key: RowKey): Promise<Row | undefined>;
  rows(table: string, query: RowQuery): Promise<RowPage>;
}

/** A row as a handler finds it, or its absence. */
export interface FoundRow {
  readonly row?: Row;
  /** Identifies this state of the row among all that it ever had; undefined if it never existed. */
  readonly version?: string;
  /** Only of tables that are changed by one key. Present for a removed row, too. */
  readonly mark?: string;
}

export interface ReadRow {
  readonly key: RowKey;
  readonly found: FoundRow;
}

/** The effect of one event, all of which is stored, once, or nothing. An event that has read rows and changes none has
 *  been stored as well: it must not have another effect when it is handled again. */
export interface RowChanges {
  readonly event: MarkedEvent;
  /** The rows that the handler has read or listed. */
  readonly read: readonly ReadRow[];
  /** It has listed rows, perhaps none. */
  readonly hasListed: boolean;
  /** In order; a row may be changed several times. */
  readonly changes: readonly RowChange[];
}

export interface RowChange {
  readonly key: RowKey;
  /** Pure. Returns the whole row, or undefined to remove it; throws if the row is refused. May be called again. */
  readonly change: (row: Row | undefined) => Row | undefined;
}

/** stored: now or, if the event is known, before. superseded: the event is not newer than one of the rows that it
 *  changes in tables that one key changes, so nothing is stored. stale: a row that the handler has read was changed
 *  meanwhile, so the event has to be handled again. */
export type RowsStored = 'stored' | 'superseded' | 'stale';

/** Further changes when a row is removed because its user has left, in tables whose rows belong to nobody and are
 *  changed by many keys. Pure. */
export type ForgetRow = (table: string, row: Row) => readonly RowChange[];

/** The rows of a projection, for its handlers. Synchronous if the storage is. */
export interface RowStore {
  find(key: RowKey): Stored<FoundRow>;
  /** Rows of a partition, in the order of the key. */
  list(table: string, query: RowQuery): Stored<Page<ReadRow, RowPlace>>;
  /** Does nothing for an event that was stored before. */
  store(changes: RowChanges): Stored<RowsStored>;
  /** Whether the event was stored before, if its handler has read rows: those may now be in a state in which it
   *  fails. */
  isKnown(event: MarkedEvent): Stored<boolean>;
  /** Removes all rows that belong to the user, each with what `ForgetRow` says of it, including those that other events
   *  are storing at this moment. From then on a row of theirs that is stored is removed in the same way at once. May be called again. */
  leave(event: MarkedEvent, userId: string): Stored<void>;
}

/** Limits of what identifies and orders rows, in bytes of UTF-8: the smallest of all engines. */
export const PARTITION_BYTES_MAX = 512;
export const SORT_BYTES_MAX = 256;
export const INDEXED_BYTES_MAX = 200;
/** Limit of a row as JSON, in bytes of UTF-8. */
export const ROW_BYTES_MAX = 100_000;
/** Limit of the rows that one event may read and change together. */
export const ROWS_PER_EVENT_MAX = 32;
/** Limit of the writes that one event may need, which are actions of a transaction of DynamoDB: one for the event, one for
 *  each row, and two more for each field of `belongsTo`, other than the partition, of a row that it changes. */
export const WRITES_PER_EVENT_MAX = 100;
export const INDEXES_MAX = 20;
