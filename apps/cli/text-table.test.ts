import { expect, test } from 'vitest';
import { textTable, type Column } from './text-table.ts';

interface Row {
  readonly id: number;
  readonly text: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', text: ({ id }) => String(id), align: 'right' },
  { title: 'TEXT', text: ({ text }) => text, fills: true },
];

test('columns line up and the filling one is cut to the width', () => {
  const rows = [
    { id: 7, text: 'short' },
    { id: 1234, text: 'a text that does not fit' },
  ];
  expect(textTable(rows, columns)).toEqual(['    ID  TEXT', '     7  short', '  1234  a text that does not fit']);
  expect(textTable(rows, columns, 24)).toEqual(['    ID  TEXT', '     7  short', '  1234  a text that doe…']);
});

test('wide characters count for two columns', () => {
  const [, cut] = textTable([{ id: 1, text: '日本語日本語日本語' }], columns, 20);
  expect(cut).toBe('   1  日本語日本語…');
});
