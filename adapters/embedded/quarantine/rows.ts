import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Correlation } from '../../../events/correlation.ts';
import type { ErrorCode, Problem } from '../../../events/errors.ts';
import { ERASED } from '../../../events/person-field.ts';
import { idsNamedIn, partsOf } from '../../../events/reading/spellings.ts';
import type { Door, QuarantineEntry, Refusal } from '../../../ports/quarantine.ts';
import { keptTextOf } from '../../shared/kept-text.ts';
import type { OpenRefusal } from '../keys/sealed-refusals.ts';

// `digest` is the SHA-256 of the door and the whole text as it was sent, or its fingerprint if the sender's side gave one.
// Only erasures delete rows: the row of a released entry stays, with what it was and that it was released.
//
// `persons` has the possible ids in a text that is not kept whole: runs of hex digits separated by spaces; nothing for a
// whole text, which can be searched; NULL in rows of earlier releases. `sealed` names the key that seals the content:
// `raw` then holds all of it, and the other columns nothing.
export const QUARANTINE_SCHEMA = `
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, door TEXT NOT NULL, origin TEXT NOT NULL, code TEXT NOT NULL,
    path TEXT, message TEXT NOT NULL, raw TEXT NOT NULL, truncated INTEGER NOT NULL, correlation TEXT, sequence TEXT,
    at_ms INTEGER NOT NULL, released_ms INTEGER, persons TEXT, sealed TEXT);
  CREATE INDEX quarantine_open ON quarantine (id) WHERE released_ms IS NULL;
`;

const ADDED_COLUMNS = ['persons', 'sealed'];

/** Updates the table of an earlier release. No row is rewritten. */
export function addQuarantineColumns(database: DatabaseSync): void {
  const there = quarantineColumns(database);
  for (const column of ADDED_COLUMNS)
    if (!there.includes(column)) database.exec(`ALTER TABLE quarantine ADD COLUMN ${column} TEXT`);
}

/** Existing columns: a reader may come before the first writer of this release. */
function quarantineColumns(database: DatabaseSync): readonly string[] {
  const columns = database.prepare("SELECT name FROM pragma_table_info('quarantine')").all();
  return (columns as { name: string }[]).map(({ name }) => name);
}

/** The columns that a reader selects, whatever the table has. */
export function selectedColumns(database: DatabaseSync): string {
  const there = quarantineColumns(database);
  const added = ADDED_COLUMNS.map((column) => (there.includes(column) ? column : `NULL AS ${column}`));
  return `id, door, origin, code, path, message, raw, truncated, correlation, sequence, at_ms, ${added.join(', ')}`;
}

export interface QuarantineRow {
  readonly id: number;
  readonly door: Door;
  readonly origin: string;
  readonly code: ErrorCode;
  readonly path: string | null;
  readonly message: string;
  readonly raw: string;
  readonly truncated: number;
  readonly correlation: string | null;
  readonly sequence: string | null;
  readonly at_ms: number;
  readonly persons: string | null;
  readonly sealed: string | null;
}

/** The content of a refusal, which may be about persons. */
export interface RefusalContent {
  readonly path: string | null;
  readonly message: string;
  readonly raw: string;
  readonly correlation: string | null;
}

/** Undefined if its key was destroyed. */
export function contentOfRow(row: QuarantineRow, open: OpenRefusal): RefusalContent | undefined {
  if (row.sealed === null) return row;
  const said = open(row.sealed, row.raw);
  return said === undefined ? undefined : (JSON.parse(said) as RefusalContent);
}

const NOTHING_LEFT: RefusalContent = { path: null, message: ERASED, raw: ERASED, correlation: null };

export function toEntry(row: QuarantineRow, open: OpenRefusal): QuarantineEntry {
  const { path, message, raw, correlation } = contentOfRow(row, open) ?? NOTHING_LEFT;
  const { id, door, origin, code, sequence } = row;
  const problem: Problem = { code, ...(path !== null && { path }), message };
  return {
    id,
    door,
    origin,
    problem,
    raw,
    truncated: row.truncated === 1,
    at: new Date(row.at_ms).toISOString(),
    ...(correlation !== null && { correlation: JSON.parse(correlation) as Correlation }),
    ...(sequence !== null && { sequence }),
  };
}

/** The stored part of a refusal. */
export interface KeptRefusal {
  readonly refusal: Refusal;
  readonly digest: Uint8Array;
  readonly said: RefusalContent;
  readonly truncated: boolean;
  /** Undefined as long as nothing was recorded. */
  readonly persons?: ReadonlySet<string>;
}

/** For a text that is kept whole nothing is recorded, because an erasure searches it. */
export function keptRefusal(refusal: Refusal): KeptRefusal {
  const { door, problem, raw, fingerprint, correlation } = refusal;
  const { path = null, message } = problem;
  const digest = hash('sha256', `${door}\n${fingerprint ?? raw}`, 'buffer');
  const flow = correlation === undefined ? null : JSON.stringify(correlation);
  const { text, truncated } = keptTextOf(refusal);
  return { refusal, digest, said: { path, message, raw: text, correlation: flow }, truncated };
}

/** Records the persons named by the whole text, if not all of it is kept. A truncated text that names more than can be
 *  recorded is dropped, because an erasure could not find its person in it. Searches one part of the text between two
 *  turns that it yields. */
export function* recordingPersons(kept: KeptRefusal): Generator<undefined, KeptRefusal> {
  const { raw, named = [] } = kept.refusal;
  const isCut = kept.said.raw.length < raw.length || named === 'too many';
  let ids = named === 'too many' ? undefined : new Set(named);
  for (const part of ids === undefined ? [] : partsOf(raw)) {
    ids = ids && idsNamedIn(part, ids);
    if (ids === undefined) break;
    yield;
  }
  return { ...(ids === undefined && isCut ? withoutText(kept) : kept), persons: ids ?? new Set() };
}

export function withoutText(kept: KeptRefusal): KeptRefusal {
  return { ...kept, said: { ...kept.said, raw: '' }, truncated: true };
}
