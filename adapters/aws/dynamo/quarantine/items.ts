import { hash } from 'node:crypto';
import { defined } from '../../../../events/defined.ts';
import type { ErrorCode } from '../../../../events/errors.ts';
import type { Door, QuarantineEntry, Refusal } from '../../../../ports/quarantine.ts';
import { keptTextOf } from '../../../shared/kept-text.ts';
import type { ItemKey } from '../item.ts';
import type { KeptText } from './texts.ts';
import type { TransactAction } from '../dynamo-table.ts';

// The items of a refusal:
//   Q#<digest>   / Q             the refusal, kept permanently: the digest is of the door and the input. `v` counts its
//                                changes.
//   QOPEN#<part> / <id>          present until it is released; `list` reads these
//   QCOUNT#<part> / N            the number of these items
//   QTEXT#<name> / <piece>       its text (texts.ts)
// The first three change in one transaction, so that they agree. An id determines its part.

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

// A problem's message repeats the input, which may have any length.
const WORDS_CHARACTERS_MAX = 8192;

export function refusalKey({ door, raw, fingerprint }: Refusal): ItemKey {
  return { pk: `Q#${hash('sha256', `${door}\n${fingerprint ?? raw}`)}`, sk: 'Q' };
}

/** The refusal to store, merged with what was stored before. `id` is for a new entry, `pack` returns the name of a text
 *  that has to be stored. */
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

/** Fails if another writer has changed the entry since it was read. */
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

/** Text that sorts like the number. */
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
