import type * as z from 'zod';
import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { Page } from '../../ports/page.ts';
import type { RowPlace, RowQuery } from '../../ports/row-store.ts';
import type { KeyOf, RowOf, Tables } from './define-table.ts';
import type { Queries } from './queries.ts';

/** A table for a handler. What the handler changes is stored when it has ended, all of it or nothing. */
export interface HandlerTable<RowType, Key> {
  /** As this handler has left it so far. */
  get(key: Key): Promise<RowType | undefined>;
  /** `change` gets the row, or undefined if there is none, and returns the new one, which may omit the fields of its
   *  key, or undefined to remove it. It is pure, because it may be called again. */
  change(key: Key, change: (row: RowType | undefined) => Changed<RowType, Key> | undefined): void;
  remove(key: Key): void;
  /** Rows of one partition, as they were before this handler; throws TABLE_MISUSED if it has changed the table
   *  already. If one of them changes before this handler has ended, it runs again; but where several writers share the
   *  tables, a row that one of them adds meanwhile is not noticed. */
  list(query: PartitionQuery): Promise<Page<RowType, RowPlace>>;
}

export type Changed<RowType, Key> = Omit<RowType, keyof Key> & Partial<Pick<RowType, keyof Key & keyof RowType>>;

export type PartitionQuery = Omit<RowQuery, 'index' | 'partition'> & Required<Pick<RowQuery, 'partition'>>;

export type HandlerTables<Of extends Tables> = {
  readonly [Name in keyof Of]: HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>;
};

/** The handlers of a projection of tables. They may read and change its tables and nothing else. */
export type TableHandlers<Of extends Tables> = {
  readonly [Type in EventType]?: (event: HandledEvent<Type>, tables: HandlerTables<Of>) => Promise<void> | void;
};

/** What else changes when a row is removed because its user has left, by table: pure. */
export type LeaveHandlers<Of extends Tables> = {
  readonly [Name in keyof Of]?: (row: RowOf<Of[Name]>, tables: ChangedTables<Of>) => void;
};

type ChangedTables<Of extends Tables> = {
  readonly [Name in keyof Of]: Pick<HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>, 'change' | 'remove'>;
};

/** What an event causes outside of the system: a mail, a call. Effects come before the rows of the event change, and may
 *  read the tables. They are not called in a replay, in which handlers alone make the same rows, so what an effect has
 *  done is remembered by the handler of the same event. A crash may repeat an effect: at least once. */
export type EffectHandlers<Of extends Tables> = {
  readonly [Type in EventType]?: (event: HandledEvent<Type>, tables: ReadTables<Of>) => Promise<void> | void;
};

type ReadTables<Of extends Tables> = {
  readonly [Name in keyof Of]: Pick<HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>, 'get' | 'list'>;
};

/** Effects, and the variables of the environment that they depend on: absent ones are undefined. */
export interface Effects<Of extends Tables, Settings extends z.ZodObject = z.ZodObject> {
  /** By the names of the variables, which begin with FIGTREE_. */
  readonly settings: Settings;
  /** May return none if they are switched off. */
  open(settings: z.output<Settings>): EffectHandlers<Of>;
}

/** Returns what the environment says about these variables, or throws. */
export type ParseSettings = (settings: z.ZodObject) => Readonly<Record<string, unknown>>;

/** What a projection of tables is. */
export interface TableProjection<Of extends Tables = Tables> {
  readonly tables: Of;
  readonly on: TableHandlers<Of>;
  /** What else changes when a row is removed because its user has left, by table. */
  readonly onLeave?: LeaveHandlers<Of>;
  readonly effects?: Effects<Of>;
  readonly queries: Queries<Of>;
}

/** For the compiler: settings are those that are declared beside them. */
export function defineEffects<Of extends Tables, Settings extends z.ZodObject>(
  declared: Effects<Of, Settings>,
): Effects<Of> {
  return declared as unknown as Effects<Of>;
}

/** For the compiler: handlers and queries get the tables that are declared beside them. */
export function defineTables<const Of extends Tables>(declared: TableProjection<Of>): TableProjection<Of> {
  return declared;
}
