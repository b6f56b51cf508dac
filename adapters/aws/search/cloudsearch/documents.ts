import { ordinalOf, secondsOf } from '../../../../events/sequence.ts';
import { nameEntries } from '../name-entries.ts';
import type { SearchDocument, UserDocument, YublDocument } from '../search-documents.ts';
import type { CloudSearchDocument } from './fields.ts';

/** The operations of a batch for one of our documents, as JSON. An add replaces whatever CloudSearch has under that
 *  id. */
export function cloudSearchOperations(document: SearchDocument): string[] {
  const operations = document.kind === 'user' ? userOperations(document) : [yublOperation(document)];
  return operations.map((operation) => JSON.stringify(operation));
}

interface Operation {
  readonly type: 'add' | 'delete';
  readonly id: string;
  readonly fields?: CloudSearchDocument;
}

// Most values of an array field. Further words of a yubl are not found.
const VALUES_MAX = 1000;

function userOperations({ id, slots, user }: UserDocument): Operation[] {
  const entries = nameEntries((user?.names ?? []).map(legalText).filter((name) => name !== ''));
  const names = entries.map(({ name }) => name);
  return Array.from({ length: slots }, (_, slot): Operation => {
    const entry = entries[slot];
    const documentId = `u:${id}:${slot}`;
    return entry === undefined
      ? { type: 'delete', id: documentId }
      : { type: 'add', id: documentId, fields: { ...entry, names, userid: id } };
  });
}

function yublOperation({ id, yubl, words }: YublDocument): Operation {
  const documentId = `y:${id}`;
  const legal = words.split(' ').map(legalText);
  const distinct = [...new Set(legal)].filter((word) => word !== '').slice(0, VALUES_MAX);
  if (yubl === undefined || distinct.length === 0) return { type: 'delete', id: documentId };
  const order = { seconds: secondsOf(yubl.sequence), ordinal: ordinalOf(yubl.sequence), yublid: id };
  return { type: 'add', id: documentId, fields: { words: distinct, ...order } };
}

const ILLEGAL = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Removes what XML 1.0 does not allow: CloudSearch refuses a whole batch for one such character. */
export function legalText(text: string): string {
  return text.replace(ILLEGAL, '');
}
