import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { KeyOf, RowOf, SharedIn, Tables } from './define-table.ts';
import type { DeclaredEffects } from './effects.ts';
import type { HandlerTable, HandlerTables } from './handler-table.ts';
import type { Queries } from './queries.ts';

/** The handlers of a projection of tables. They may read and change its tables and nothing else. */
export type TableHandlers<Of extends Tables> = {
  readonly [Type in EventType]?: (event: HandledEvent<Type>, tables: HandlerTables<Of>) => Promise<void> | void;
};

/** What else changes when a row is removed because its user has left, by table: pure. It changes tables whose rows belong
 *  to nobody and are changed by many keys. */
export type LeaveHandlers<Of extends Tables> = {
  readonly [Name in keyof Of]?: (row: RowOf<Of[Name]>, tables: ChangedTables<Of>) => void;
};

type ChangedTables<Of extends Tables> = {
  readonly [Name in SharedIn<Of>]: Pick<HandlerTable<RowOf<Of[Name]>, KeyOf<Of[Name]>>, 'change' | 'remove'>;
};

/** What a projection of tables is. */
export interface TableProjection<Of extends Tables = Tables> {
  readonly tables: Of;
  readonly on: TableHandlers<Of>;
  /** What else changes when a row is removed because its user has left, by table. */
  readonly onLeave?: LeaveHandlers<Of>;
  /** What events cause outside of the system. */
  readonly effects?: DeclaredEffects<Of>;
  readonly queries: Queries<Of>;
}

/** For the compiler: handlers and queries get the tables that are declared beside them. */
export function defineTables<const Of extends Tables>(declared: TableProjection<Of>): TableProjection<Of> {
  return declared;
}
