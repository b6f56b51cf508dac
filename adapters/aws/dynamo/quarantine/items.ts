import { hash } from 'node:crypto';
import { defined } from '../../../../events/defined.ts';
import type { ErrorCode } from '../../../../events/errors.ts';
import { type Door, keptTextOf, type QuarantineEntry, type Refusal } from '../../../../ports/quarantine.ts';
import type { ItemKey } from '../item.ts';
import type { KeptText } from './texts.ts';
import type { TransactAction } from '../dynamo-table.ts';

// Of a text that was refused:
//   Q#<digest>   / Q             what it was, for ever: the digest is of the door and of what was sent. `v` counts its changes.
//   QOPEN#<part> / <id>          that it is not released; a list of these is what `list` follows
//   QCOUNT#<part> / N            how many of these there are
//   QTEXT#<name> / <piece>       its text (texts.ts)
// The first three change in one transaction, so that they agree. An id says in which part it is counted.

export const PARTS = 8;

export interface KeptRefusal extends ItemKey, KeptText {
  readonly id: number;
  readonly v: number;
  readonly releasedMs?: number;
  readonly door: Door;
  readonly origin: string;
  readonly code: ErrorCode;
  readonly path?: string;
  readonly message: string;
  readonly truncated: boolean;
  /** As JSON. */
  readonly correlation?: string;
  readonly sequence?: string;
  readonly atMs: number;
}

// What a problem says repeats what was sent, which may be of any length.
const WORDS_CHARACTERS_MAX = 8192;

export function refusalKey({ door, raw, fingerprint }: Refusal): ItemKey {
  return { pk: `Q#${hash('sha256', `${door}\n${fingerprint ?? raw}`)}`, sk: 'Q' };
}

/** What is kept once this refusal is added to what was kept before. `id` is for one that comes first, `pack` gives the name of
 *  a text that is to be kept. */
export function withRefusal(
  before: KeptRefusal | undefined,
  refusal: Refusal,
  { id, pack, atMs }: { readonly id: () => number; readonly pack: (text: string) => string; readonly atMs: number },
): KeptRefusal {
  const { code, path, message } = refusal.problem;
  const problem = {
    code,
    ...(path !== undefined && { path: path.slice(0, WORDS_CHARACTERS_MAX).toWellFormed() }),
    message: message.slice(0, WORDS_CHARACTERS_MAX).toWellFormed(),
  };
  const { text, truncated } = keptTextOf(refusal);
  const better = before === undefined || (before.truncated && !truncated);
  const { path: _, releasedMs: __, ...rest } = before ?? firstOf(refusal, id(), atMs);
  return { ...rest, ...(better && { text: pack(text), truncated }), ...problem };
}

function firstOf(refusal: Refusal, id: number, atMs: number): Omit<KeptRefusal, 'code' | 'message'> {
  const { door, origin, correlation, sequence } = refusal;
  return {
    ...refusalKey(refusal),
    id,
    v: 0,
    door,
    origin,
    text: '',
    truncated: true,
    ...(correlation !== undefined && { correlation: JSON.stringify(correlation) }),
    ...defined({ sequence }),
    atMs,
  };
}

export function isSameRefusal(before: KeptRefusal, after: KeptRefusal): boolean {
  const same = (name: keyof KeptRefusal) => before[name] === after[name];
  return (['code', 'path', 'message', 'text', 'truncated', 'releasedMs'] as const).every(same);
}

/** Fails at its place if somebody else has changed it since it was read. */
export function replaced(before: KeptRefusal | undefined, after: KeptRefusal): TransactAction {
  const put = { ...after, v: after.v + 1 };
  if (before === undefined) return { put, condition: { expression: 'attribute_not_exists(pk)' } };
  return { put, condition: { expression: 'v = :v', values: { ':v': before.v } } };
}

export function openKey(id: number): ItemKey {
  return { pk: openPart(id % PARTS), sk: openSortKey(id) };
}

export function openPart(part: number): string {
  return `QOPEN#${part}`;
}

/** Sorts as text like the number. */
export function openSortKey(id: number): string {
  return String(id).padStart(16, '0');
}

export function countKey(part: number): ItemKey {
  return { pk: `QCOUNT#${part}`, sk: 'N' };
}

export function counted(part: number, change: number): TransactAction {
  const values = { ':change': change };
  return { update: countKey(part), change: { update: 'ADD n :change', values } };
}

export function entryOf(kept: KeptRefusal, raw: string): QuarantineEntry {
  const { id, door, origin, code, path, message, truncated, correlation, sequence, atMs } = kept;
  return {
    id,
    door,
    origin,
    problem: { code, ...defined({ path }), message },
    raw,
    truncated,
    at: new Date(atMs).toISOString(),
    ...(correlation !== undefined && { correlation: JSON.parse(correlation) }),
    ...defined({ sequence }),
  };
}
