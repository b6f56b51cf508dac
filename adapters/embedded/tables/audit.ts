import type { TableLayout } from '../../../ports/row-store.ts';
import type { AuditedFile, ProjectionAudit } from '../projection/audit.ts';
import { quoted } from './schema.ts';

/** Counts the rows of each table and digests all of them. */
export function rowAudit(layouts: readonly TableLayout[]): ProjectionAudit {
  return (file: AuditedFile) => {
    for (const { name, columns, keyFields } of layouts) {
      // As JSON, so that no two different rows have the same text.
      const values = columns.map((column) => quoted(column.name)).join(', ');
      const key = keyFields.map(quoted).join(', ');
      file.digest(name, `SELECT json_array(${values}) FROM ${quoted(name)} ORDER BY ${key}`);
    }
    return Object.fromEntries(layouts.map(({ name }) => [name, file.count(`SELECT count(*) FROM ${quoted(name)}`)]));
  };
}
