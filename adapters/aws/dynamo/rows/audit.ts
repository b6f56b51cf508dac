import type { TableLayout } from '../../../../ports/row-store.ts';
import type { DynamoTable } from '../dynamo-table.ts';
import { type AuditOptions, createTextSum, eachItem, type TableAudit } from '../table-audit.ts';
import { isSoundItem, type RowItem, tableIn } from './items.ts';

/** Counts the rows of each table, digests all of them, and notes those that their indexes tell otherwise. */
export async function auditRowTables(
  table: DynamoTable,
  layouts: readonly TableLayout[],
  options: Omit<AuditOptions, 'seed'>,
): Promise<TableAudit> {
  const audited = new Map(layouts.map((layout) => [layout.name, { layout, rows: 0, unsound: 0 }]));
  const unknown = new Set<string>();
  const content = createTextSum();
  const visit = (item: RowItem) => {
    const name = tableIn(item);
    if (name === undefined) return;
    const of = audited.get(name);
    if (of === undefined) {
      unknown.add(name);
      return;
    }
    if (!isSoundItem(item, of.layout)) of.unsound += 1;
    if (item.row === undefined) return;
    of.rows += 1;
    content.add(`${name} ${item.row}`);
  };
  await eachItem(table, (item) => visit(item as RowItem), options);
  const broken = [
    ...[...audited].flatMap(([name, { unsound }]) =>
      unsound === 0 ? [] : [`rows of ${name} that differ from their keys or indexes: ${unsound}`],
    ),
    ...[...unknown].map((name) => `rows of an unknown table ${name}`),
  ];
  const counts = Object.fromEntries([...audited].map(([name, { rows }]) => [name, rows]));
  return { counts, broken, digest: content.digest() };
}
