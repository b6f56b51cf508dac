import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../events/json-object.ts';
import { type Sequence, sequenceOf } from '../../events/sequence.ts';
import { type Finding, expected } from '../../events/reading/findings.ts';
import { type Refused, refused } from '../reading.ts';
import { readInstant, readObjectId, readTimestamp } from './extended-json.ts';

/** The parsed common part of all change-stream documents. While `findings` is not empty, the change will be refused,
 *  and unreadable fields are empty text. */
export interface Change {
  readonly kind: 'change';
  readonly operation: Operation;
  readonly collection: Collection;
  readonly documentId: string;
  /** The same for every delivery of this change, so that a second one is a duplicate. */
  readonly id: string;
  /** The id comes from the source and is not derived from the content. */
  readonly hasToken: boolean;
  readonly sequence: Sequence;
  readonly time: string;
  /** The document after the change; only inserts and replacements are sure to carry it. */
  readonly document: JsonObject | undefined;
  /** The document before the change, if the source sends pre-images. */
  readonly before: JsonObject | undefined;
  readonly updateDescription: unknown;
  /** Problems found so far. Later readers add to them. */
  readonly findings: Finding[];
}

export const operations = ['insert', 'update', 'replace', 'delete'] as const;
export type Operation = (typeof operations)[number];
export const collections = ['users', 'relationships', 'yubls'] as const;
export type Collection = (typeof collections)[number];

/** Whether the change belongs to a database other than `database`, as in a stream of a whole deployment. A change
 *  without a database does not. */
export function isOfOtherDatabase(change: unknown, database: string): boolean {
  const name = databaseOf(change);
  return typeof name === 'string' && name !== database;
}

export function databaseOf(change: unknown): unknown {
  return isJsonObject(change) && isJsonObject(change['ns']) ? change['ns']['db'] : undefined;
}

export function readChange(value: unknown): Change | Refused {
  if (!isJsonObject(value)) return refused({ code: 'CHANGE_INVALID', message: 'A change must be a JSON object' });
  const operation = value['operationType'];
  if (!isOneOf(operations, operation)) return refuseName(value, 'operationType', operation);
  const collection = isJsonObject(value['ns']) ? value['ns']['coll'] : undefined;
  if (!isOneOf(collections, collection)) return refuseName(value, 'ns.coll', collection);

  const findings: Finding[] = [];
  const document = readDocument(value['fullDocument'], operation, findings);
  const documentId = readDocumentId(value['documentKey'], document, findings);
  const clusterTime = readTimestamp(value['clusterTime'], 'clusterTime', findings);
  const sequence = clusterTime === undefined ? '' : sequenceOf(clusterTime.seconds, clusterTime.ordinal);
  const before = value['fullDocumentBeforeChange'];
  const token = resumeToken(value);
  return {
    kind: 'change',
    operation,
    collection,
    documentId,
    id: token ?? (sequence && derivedId(value, `${sequence}/${collection}/${documentId}/${operation}`)),
    hasToken: token !== undefined,
    sequence,
    time: readTime(value['wallTime'], clusterTime?.seconds, findings),
    document,
    before: isJsonObject(before) ? before : undefined,
    updateDescription: value['updateDescription'],
    findings,
  };
}

function isOneOf<const Name extends string>(names: readonly Name[], value: unknown): value is Name {
  return (names as readonly unknown[]).includes(value);
}

function refuseName(change: JsonObject, path: 'operationType' | 'ns.coll', name: unknown): Refused {
  const id = resumeToken(change);
  if (typeof name !== 'string') {
    const { message } = expected(path, 'text', name);
    return refused({ code: 'CHANGE_INVALID', path, message: `${path} ${message}` }, id);
  }
  const code = path === 'ns.coll' ? 'COLLECTION_UNKNOWN' : 'OPERATION_UNKNOWN';
  return refused({ code, path, message: `${path} ${JSON.stringify(name.slice(0, 100))} is unknown to Figtree` }, id);
}

// Printable ASCII, because it becomes an event's id. Any other token counts as none.
const RESUME_TOKEN = /^[!-~]{1,1024}$/;

function resumeToken(change: JsonObject): string | undefined {
  const token = isJsonObject(change['_id']) ? change['_id']['_data'] : undefined;
  return typeof token === 'string' && RESUME_TOKEN.test(token) ? token : undefined;
}

// For a source without tokens. All changes of a transaction share one cluster time, so two updates of a document are
// told apart by their content; those with equal content, by repeated-changes.ts.
function derivedId({ operationType, updateDescription, fullDocument }: JsonObject, name: string): string {
  if (operationType === 'update') return `${name}/${digestOf(updateDescription)}`;
  if (operationType === 'replace') return `${name}/${digestOf(fullDocument)}`;
  return name;
}

/** Equal for equal JSON values, in any order of their fields. */
function digestOf(value: unknown): string {
  const ordered = JSON.stringify(value, (_, field: unknown) =>
    isJsonObject(field) ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1))) : field,
  );
  return hash('sha256', ordered ?? '').slice(0, 16);
}

// The full document of an update is its state at lookup time, so nothing is read from it.
function readDocument(value: unknown, operation: Operation, findings: Finding[]): JsonObject | undefined {
  if (operation === 'update' || operation === 'delete') return undefined;
  if (isJsonObject(value)) return value;
  findings.push(expected('fullDocument', 'an object', value));
  return undefined;
}

function readDocumentId(key: unknown, document: JsonObject | undefined, findings: Finding[]): string {
  const keyId = isJsonObject(key) ? key['_id'] : undefined;
  if (document?.['_id'] === undefined) return readObjectId(keyId, 'documentKey._id', findings) ?? '';
  const id = readObjectId(document['_id'], 'fullDocument._id', findings);
  if (keyId === undefined || id === undefined) return id ?? '';
  if (readObjectId(keyId, 'documentKey._id', findings) !== id) {
    findings.push({ path: 'documentKey._id', message: 'differs from fullDocument._id' });
  }
  return id;
}

function readTime(wallTime: unknown, seconds: number | undefined, findings: Finding[]): string {
  if (wallTime !== undefined && wallTime !== null) return readInstant(wallTime, 'wallTime', findings) ?? '';
  return seconds === undefined ? '' : new Date(seconds * 1000).toISOString();
}
