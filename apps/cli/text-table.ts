import Table from 'cli-table3';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Takes the rest of the terminal's width; one column at most. */
  readonly fills?: boolean;
}

const GAP = 2;
const borders = ['top', 'bottom', 'mid', 'left', 'right'].flatMap((side) => [side, `${side}-mid`]);
const corners = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'middle'];
const noBorders = Object.fromEntries([...borders, ...corners].map((name) => [name, '']));

/** Rows under their titles in aligned columns, without borders: the title line first. If the width is known, the
 *  filling column is truncated to fit. */
export function textTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width?: number): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const filling = columns.findIndex((column) => column.fills);
  const room = width === undefined ? null : Math.max(12, width - otherColumns(cells, columns));
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': GAP, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: columns.map((_, index) => (index === filling && room !== null ? room + GAP : null)),
    head: columns.map((column) => column.title),
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function otherColumns<Row>(cells: readonly string[][], columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { title, fills }, index) => {
    if (fills) return sum + GAP;
    return sum + GAP + cells.reduce((most, line) => Math.max(most, line[index]?.length ?? 0), title.length);
  }, 0);
}
