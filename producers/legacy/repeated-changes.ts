import type { Change } from './change.ts';

/** Tells changes without a resume token apart that say the same within one transaction. One for each delivery: a second
 *  delivery of the same changes, from the beginning, gives them the same ids again. */
export interface RepeatedChanges {
  /** The change itself, or under an id of its own if it is the second of its name or a later one. */
  tellApart(change: Change): Change;
}

// A transaction of more documents is told apart as far as this: what is held must have a limit, and a source may give all of
// a snapshot one cluster time.
const DOCUMENTS_MAX = 100_000;

/** All changes of a transaction have one cluster time and stand together, so a repeat is looked for among neighbours. One that
 *  directly follows its like, of the same document, is taken for a second delivery: it would change nothing anyway. After
 *  another change of the document it is a change back. ([0009](../../docs/decisions/0009-ids-of-legacy-changes.md)) */
export function createRepeatedChanges(): RepeatedChanges {
  let sequence = '';
  let first: Change | undefined;
  // Made for a second change of one cluster time, which most sources never send.
  let documents: Map<string, Names> | undefined;

  function timesOf(change: Change): number {
    documents ??= new Map(first === undefined ? [] : [[documentOf(first), namesOf(first.id)]]);
    const names = documents.get(documentOf(change));
    if (names !== undefined) return names.count(change.id);
    if (documents.size < DOCUMENTS_MAX) documents.set(documentOf(change), namesOf(change.id));
    return 1;
  }

  return {
    tellApart(change) {
      if (change.hasToken || change.id === '') return change;
      if (change.sequence !== sequence) {
        [sequence, first, documents] = [change.sequence, change, undefined];
        return change;
      }
      const times = timesOf(change);
      return times === 1 ? change : { ...change, id: `${change.id}/${times}` };
    },
  };
}

interface Names {
  /** How often the name came, with another one between each two. */
  count(name: string): number;
}

function namesOf(first: string): Names {
  let last = first;
  const times = new Map([[first, 1]]);
  return {
    count(name) {
      const before = times.get(name) ?? 0;
      const count = name === last ? before : before + 1;
      times.set(name, count);
      last = name;
      return count;
    },
  };
}

function documentOf({ collection, documentId }: Change): string {
  return `${collection}/${documentId}`;
}
