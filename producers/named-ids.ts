import { idsNamedIn } from '../events/reading/spellings.ts';
import type { NamedIds } from '../ports/quarantine.ts';

export function namedIn(text: string): NamedIds {
  const ids = idsNamedIn(text);
  return ids === undefined ? 'too many' : [...ids];
}

/** The ids in a text of which only a piece is ever in memory. */
export interface NamedIdsInPieces {
  push(piece: Buffer): void;
  named(): NamedIds;
}

// An id with every digit escaped, and each escape escaped again.
const ID_CHARACTERS_MAX = 4096;

export function namedIdsInPieces(): NamedIdsInPieces {
  let ids: Set<string> | undefined = new Set();
  let rest = '';
  return {
    push(piece) {
      // Ids and their escapes are ASCII, so cutting a piece within a character does not matter.
      const text = rest + piece.toString('latin1');
      ids = ids && idsNamedIn(text, ids);
      rest = text.slice(-ID_CHARACTERS_MAX);
    },
    named: () => (ids === undefined ? 'too many' : [...ids]),
  };
}
