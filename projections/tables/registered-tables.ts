import type { Tables } from './define-table.ts';
import type { TableProjection } from './table-projection.ts';

/** A projection that is nothing but tables, handlers and queries, as the registry lists it: little enough to be loaded
 *  by every command and every function. All else follows from it. */
export interface RegisteredTables<Of extends Tables = Tables> {
  /** As of any projection: begins with a lower-case letter, followed by such letters and digits. */
  readonly name: string;
  /** Raised with every change of the tables, and of the handlers if past events shall have the new effect, too. */
  readonly version: number;
  readonly summary: string;
  /** The names of its queries. */
  readonly queries: readonly string[];
  /** `import.meta.url`: the file that exports this, from which its functions on AWS are bundled. */
  readonly source: string;
  /** Its tables, handlers and queries, loaded where they are needed. */
  load(): Promise<TableProjection<Of>>;
}

/** For the registry of projections. What it loads throws an Error that names it if not every engine can keep it. */
export function tableProjection<Of extends Tables>(registered: RegisteredTables<Of>): RegisteredTables {
  // Only the handlers and queries that are declared with the tables use them.
  return registered as unknown as RegisteredTables;
}
