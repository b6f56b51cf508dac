import type { Change } from './change.ts';

/** Distinguishes changes without a resume token that have equal content within one transaction. Create one for each
 *  delivery: a second delivery of the same changes, from the beginning, gives them the same ids again. */
export interface RepeatedChanges {
  /** Returns the change itself, or with its own id if it repeats the name of an earlier one. */
  tellApart(change: Change): Change;
}

// The maximum number of changes of a transaction that are distinguished, of one document or of many: memory must be
// limited, and a source may give a whole snapshot one cluster time.
const NAMES_MAX = 100_000;

/** All changes of a transaction have one cluster time and are adjacent, so a repeat is looked for among neighbours. A
 *  change that directly follows an equal one of the same document counts as a second delivery, because it would change
 *  nothing anyway. After another change of the document it is a change back.
 *  ([0009](../../docs/decisions/0009-ids-of-legacy-changes.md)) */
export function createRepeatedChanges(namesMax = NAMES_MAX): RepeatedChanges {
  let sequence = '';
  let first: Change | undefined;
  // Created at the second change of one cluster time, which most sources never send.
  let documents: Map<string, Names> | undefined;
  let held = 0;

  function timesOf(change: Change): number {
    if (documents === undefined) {
      documents = new Map();
      held = 0;
      if (first !== undefined) count(first, documents);
    }
    return count(change, documents);
  }

  function count(change: Change, all: Map<string, Names>): number {
    const document = documentOf(change);
    const names = all.get(document) ?? { last: '', times: new Map<string, number>() };
    const before = names.times.get(change.id);
    const times = names.last === change.id ? (before ?? 1) : (before ?? 0) + 1;
    names.last = change.id;
    if (before === undefined) {
      if (held === namesMax) return 1;
      held += 1;
      all.set(document, names);
    }
    names.times.set(change.id, times);
    return times;
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
  last: string;
  /** How often each name occurred, with a different one between each two. */
  readonly times: Map<string, number>;
}

function documentOf({ collection, documentId }: Change): string {
  return `${collection}/${documentId}`;
}
