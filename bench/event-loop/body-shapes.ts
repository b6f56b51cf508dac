import { BODY_BYTES_MAX } from '../../apps/server/body.ts';

export interface BodyShape {
  readonly name: string;
  /** Created on each call, so that only one is in memory. */
  readonly make: () => string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

const BINARY_MODE = { 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-source': 'urn:bench', 'ce-type': 'user-joined' };

/** Bodies of at most 8 MiB with the highest cost for their size. */
export const bodyShapes: readonly BodyShape[] = [
  ...whole().map(([name, make]) => ({ name, make })),
  ...binary().map(([name, make]) => ({ name: `data in binary mode, ${name}`, make, headers: BINARY_MODE })),
];

type Named = readonly [name: string, make: BodyShape['make']];

function binary(): readonly Named[] {
  return [
    ['many keys', () => `{${joined(500_000, (index) => `"k${index}":1`)}}`],
    ['one string', () => `{"userId":"${'a'.repeat(1_040_000)}"}`],
    ['4,900 keys', () => `{${joined(4900, (index) => `"${'k'.repeat(150)}${index}":[]`)}}`],
  ];
}

function whole(): readonly Named[] {
  return [
    ['numbers in an array', () => `[${filled('1,')}1]`],
    ['a million lines', () => filled('1\n', 2_000_000)],
    ['249,000 lines', () => '1\n'.repeat(249_000)],
    ['249,000 empty objects in an array', () => `[${'{},'.repeat(248_999)}{}]`],
    ['nested brackets', () => nested('[', ']', 4_000_000)],
    ['nested objects', () => nested('{"a":', '}', 1_300_000)],
    ['one deep item among good ones', () => `[{},${nested('[', ']', 400_000)},{}]`],
    ['one string', () => `"${filled('a')}"`],
    [
      'eight strings in an array',
      () =>
        `[${Array(8)
          .fill(`"${'a'.repeat(1_000_000)}"`)
          .join()}]`,
    ],
    [
      'escapes',
      () =>
        `[${Array(8)
          .fill(`"${String.raw`\u00e9\n`.repeat(100_000)}"`)
          .join()}]`,
    ],
    ['an object with many keys', () => `{${joined(500_000, (index) => `"k${index}":1`)}}`],
    ['objects with distinct keys', () => `[${joined(240_000, (index) => `{"k${index}":${index}}`)}]`],
    [
      'objects of 4,900 distinct keys',
      () => `[${joined(100, (item) => `{"of":{${joined(4900, (index) => `"k${item}_${index}":{}`)}}}`)}]`,
    ],
    ['spaces', () => filled(' ')],
    ['line breaks', () => filled('\n')],
    ['spaces in an array', () => `[${filled(' ')}]`],
    ['an unterminated array', () => `[${filled('{"a":"b"},').slice(0, 2_000_000)}`],
    [
      'almost-JSON lines of many values',
      () =>
        `x\n${Array.from({ length: 119 }, () => `{"a":[${joined(4900, (index) => `{"k${index}":1}`)}]}}`).join('\n')}`,
    ],
    ['long lines of ids', () => `{}\n${`{"a":"${'0123456789abcdef01234567 '.repeat(80_000)}"}\n`.repeat(4)}`],
    ['lines of invalid JSON', () => filled('{"a":}\n', 1_700_000)],
    ['lines of invalid UTF-8', () => Buffer.from(`{}\n${filled(`{"a":"${'é'.repeat(400)}"}\n`)}`, 'latin1')],
    ['one line of invalid UTF-8', () => Buffer.from(`{}\n{"a":"${filled('é')}"}`, 'latin1')],
  ];
}

function filled(unit: string, bytes = BODY_BYTES_MAX - 100): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}

function nested(open: string, close: string, depth: number): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

function joined(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(',');
}
