import { LOST, untilUncontended } from '../contention.ts';
import { authorOf } from './items.ts';
import type { DynamoTable } from '../dynamo-table.ts';

/** Authors whose yubls are pulled from them when a follower reads. None is ever removed, so a process caches the list
 *  and only asks for additions. */
export interface PulledAuthors {
  has(authorId: string): Promise<boolean>;
  /** All of them, in memory: not to be modified. */
  all(): Promise<ReadonlySet<string>>;
  /** Resolves once every process can find out. */
  add(authorId: string): Promise<void>;
}

const PARTITION = 'PULLED';
const DIGITS = 12;
const LAST = '~';

/** Results are reused for `freshMs`, so that all readers of a process together query the one shared partition no more
 *  often than that. 0: it is queried each time. */
export function openPulledAuthors(table: DynamoTable, freshMs: number): PulledAuthors {
  const authors = new Set<string>();
  // Numbers have no gaps, so this is also how many there are.
  let known = 0;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const at = performance.now();
    // Strongly consistent: a writer takes a number only after it has seen the one before.
    for (const item of await table.queryAll({ pk: PARTITION, between: [numberText(known + 1), LAST] })) {
      authors.add(authorOf(item));
      known = Math.max(known, Number(item.sk));
    }
    askedAt = at;
  }

  /** Concurrent callers share one query. */
  async function refresh(): Promise<void> {
    if (performance.now() - askedAt < freshMs) return;
    asking ??= ask().finally(() => (asking = undefined));
    await asking;
  }

  async function addOnce(authorId: string): Promise<typeof LOST | void> {
    await ask();
    if (authors.has(authorId)) return;
    const next = { pk: PARTITION, sk: numberText(known + 1), a: authorId };
    if (!(await table.put(next, { expression: 'attribute_not_exists(pk)' }))) return LOST;
    await ask();
  }

  return {
    async has(authorId) {
      if (authors.has(authorId)) return true;
      await refresh();
      return authors.has(authorId);
    },
    async all() {
      await refresh();
      return authors;
    },
    add: (authorId) => untilUncontended(table, 'the pulled authors', () => addOnce(authorId)),
  };
}

const numberText = (number: number) => String(number).padStart(DIGITS, '0');
