import { batchesOf } from '../../../../resilience/batches.ts';
import type { Item } from '../../dynamo/item.ts';
import type { DirtyName } from './queue.ts';
import type { DynamoTable } from '../../dynamo/dynamo-table.ts';

// Turns let one Lambda at a time send a batch to the domain, and not too often. Items:
//
//   TURN   TURN                  the number of the last turn, its latest end, and the earliest beginning of the next one
//   TURN   SENT#<turn>#<part>    the documents that a turn is about to send
//
// CloudSearch has no versions. A slow Lambda may send older documents than the next turn did, after its own turn has
// expired. It notices that when it ends its turn, and marks the documents again; if it dies before that, the documents
// that it was about to send are still recorded here, and are marked again once it can no longer be sending them.

export interface Turn {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly until: number;
  /** Limit of one batch: reduced after a refusal, to find the document at fault. */
  readonly documentsMax: number;
}

/** A turn that may be taken, unless another process is faster; or when to try again. */
export type NextTurn = Turn | { readonly waitMs: number };

export interface DomainTurns {
  next(): Promise<NextTurn>;
  /** False if another process has taken one since. */
  take(turn: Turn): Promise<boolean>;
  /** False if another process has taken one meanwhile. */
  end(turn: Turn, next: { readonly notBefore: number; readonly documentsMax: number }): Promise<boolean>;
  /** Call it before sending. */
  noteSending(turn: Turn, names: readonly DirtyName[]): Promise<void>;
  /** Call it once the outcome is certain. */
  forgetSending(turn: Turn): Promise<void>;
  /** Documents that others were about to send, so long ago that they cannot still be sending. `done` forgets them. */
  abandoned(): Promise<{ readonly names: readonly DirtyName[]; done(): Promise<void> }>;
}

export const DOCUMENTS_MAX = 10_000;
const NAMES_IN_AN_ITEM = 5000;
// A Lambda function ends after 15 minutes at most.
const LIFETIME_MS = 16 * 60_000;

const PK = 'TURN';
const KEY = { pk: PK, sk: 'TURN' };
const sentBegin = (turn: number) => `SENT#${turn}#`;

export function openDomainTurns(table: DynamoTable, lastsMs: number, now: () => number): DomainTurns {
  const isStill = (number: number) => ({ condition: 'turn = :turn', values: { ':turn': number } });

  return {
    async next() {
      const last = (await table.get(KEY)) as Partial<Record<'turn' | 'until' | 'notBefore' | 'documentsMax', number>>;
      const { turn = 0, until = 0, notBefore = 0, documentsMax = DOCUMENTS_MAX } = last ?? {};
      const begun = now();
      const free = Math.max(until, notBefore);
      if (free > begun) return { waitMs: free - begun };
      return { number: turn + 1, begun, until: begun + lastsMs, documentsMax };
    },
    take({ number, until, documentsMax }) {
      const item = { ...KEY, turn: number, until, documentsMax };
      const condition =
        number === 1
          ? { expression: 'attribute_not_exists(pk)' }
          : { expression: 'turn = :last', values: { ':last': number - 1 } };
      return table.put(item, condition);
    },
    end({ number }, { notBefore, documentsMax }) {
      const { condition, values } = isStill(number);
      const update = 'SET until = :none, notBefore = :notBefore, documentsMax = :documentsMax';
      const all = { ...values, ':none': 0, ':notBefore': notBefore, ':documentsMax': documentsMax };
      return table.update(KEY, {
        update: update.replace('until', '#until'),
        condition,
        names: { '#until': 'until' },
        values: all,
      });
    },
    async noteSending({ number, begun }, names) {
      const parts = [...batchesOf(names, { countMax: NAMES_IN_AN_ITEM })];
      const itemOf = (some: readonly DirtyName[], part: number): Item => ({
        pk: PK,
        sk: `${sentBegin(number)}${part}`,
        begun,
        names: some,
      });
      await Promise.all(parts.map((some, part) => table.put(itemOf(some, part))));
    },
    async forgetSending({ number }) {
      const parts = await table.queryAll({ pk: PK, begins: sentBegin(number) });
      await Promise.all(parts.map((part) => table.erase(part)));
    },
    async abandoned() {
      const all = await table.queryAll({ pk: PK, begins: 'SENT#' });
      const old = all.filter(({ begun }) => (begun as number) + LIFETIME_MS <= now());
      return {
        names: old.flatMap(({ names }) => names as DirtyName[]),
        done: async () => void (await Promise.all(old.map((part) => table.erase(part)))),
      };
    },
  };
}
