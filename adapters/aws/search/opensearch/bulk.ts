import type { SearchDocument, UserDocument, YublDocument } from '../search-documents.ts';
import { nameEntries } from '../name-entries.ts';
import { indexName } from './indexes.ts';

/** The lines of a document in a `_bulk` request. */
export interface BulkLines {
  readonly operations: number;
  readonly text: string;
}

/** Every operation carries the document's version, and overwrites all that an older version may have written. */
export function bulkLines(name: string, document: SearchDocument): BulkLines {
  const writes = document.kind === 'user' ? userWrites(name, document) : [yublWrite(name, document)];
  const lines = writes.flatMap(({ _index, _id, body }) => [
    JSON.stringify({ index: { _index, _id, version: document.version, version_type: 'external' } }),
    JSON.stringify(body),
  ]);
  return { operations: writes.length, text: lines.map((line) => `${line}\n`).join('') };
}

interface Write {
  readonly _index: string;
  readonly _id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function userWrites(name: string, { id, slots, user }: UserDocument): Write[] {
  const entries = user === undefined ? [] : nameEntries(user.names);
  const names = entries.map((entry) => entry.name);
  return Array.from({ length: slots }, (_, slot) => {
    const entry = entries[slot];
    const body = entry && {
      ...entry,
      names,
      userId: id,
      userName: user?.userName?.value ?? '',
      firstName: user?.firstName?.value ?? null,
      lastName: user?.lastName?.value ?? null,
    };
    return { _index: indexName(name, 'users'), _id: `${id}:${slot}`, body: body ?? {} };
  });
}

function yublWrite(name: string, { id, yubl, words }: YublDocument): Write {
  const body = yubl && { ...yubl, words: words.split(' '), order: `${yubl.sequence}${yubl.yublId}` };
  return { _index: indexName(name, 'yubls'), _id: id, body: body ?? {} };
}
