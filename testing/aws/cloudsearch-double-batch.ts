import type { CloudSearchField } from '../../adapters/aws/search/cloudsearch/fields.ts';
import type { StoredFields } from './cloudsearch-double-query.ts';

export type Operation =
  | { readonly type: 'add'; readonly id: string; readonly fields: StoredFields }
  | { readonly type: 'delete'; readonly id: string };

const BATCH_BYTES_MAX = 5 * 1024 * 1024;
const DOCUMENT_BYTES_MAX = 1024 * 1024;
const LITERAL_CODE_POINTS_MAX = 4096;
const VALUES_MAX = 1000;
const FIELDS_MAX = 200;
const LEGAL_ID = /^[A-Za-z0-9_\-=#;:/?@&]{1,128}$/;
// The characters that XML 1.0 allows.
const LEGAL_TEXT = /^[\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

/** Why a batch is refused, with the corresponding status. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Checks a batch as a whole, by the limits of the developer guide: one invalid document, and none is accepted. */
export function readBatch(
  body: Buffer,
  fields: Readonly<Record<string, CloudSearchField>>,
): readonly Operation[] | Refusal {
  if (body.length > BATCH_BYTES_MAX) return { status: 413, message: 'a batch holds 5 MB at most' };
  const operations = parseJson(body);
  if (!Array.isArray(operations) || operations.length === 0) {
    return { status: 400, message: 'a batch is a list of at least one operation' };
  }
  for (const operation of operations) {
    const message = wrongWith(operation as Record<string, unknown>, fields);
    if (message !== undefined) return { status: 400, message };
  }
  return operations as Operation[];
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function wrongWith(
  { type, id, fields: given, ...others }: Record<string, unknown>,
  fields: Readonly<Record<string, CloudSearchField>>,
): string | undefined {
  if (Object.keys(others).length > 0) return 'an operation has a type, an id and fields';
  if (typeof id !== 'string' || !LEGAL_ID.test(id)) return 'an id has 1 to 128 legal characters';
  if (type === 'delete') return given === undefined ? undefined : 'a delete has no fields';
  if (type !== 'add') return 'an operation is an add or a delete';
  if (typeof given !== 'object' || given === null) return 'an add has fields';
  if (Buffer.byteLength(JSON.stringify(given)) > DOCUMENT_BYTES_MAX) return 'a document holds 1 MB at most';
  const entries = Object.entries(given);
  if (entries.length === 0 || entries.length > FIELDS_MAX) return 'a document has 1 to 200 fields';
  for (const [name, value] of entries) {
    const field = fields[name];
    if (field === undefined) return `the field ${name} is not defined`;
    if (!fits(value, field.type)) return `the field ${name} does not take such a value`;
  }
  return undefined;
}

function fits(value: unknown, type: CloudSearchField['type']): boolean {
  switch (type) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'literal':
      return isLiteral(value);
    case 'literal-array':
      return Array.isArray(value) ? value.length <= VALUES_MAX && value.every(isLiteral) : isLiteral(value);
  }
}

function isLiteral(value: unknown): boolean {
  return typeof value === 'string' && LEGAL_TEXT.test(value) && Array.from(value).length <= LITERAL_CODE_POINTS_MAX;
}
