import * as z from 'zod';
import { CANONICAL_FORM, canonicalForm, hashOf, type SideName } from '../comparison/canonical-form.ts';
import type { VersionForm } from '../comparison/comparison.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import type { JsonSchema } from '../comparison/rendering.ts';
import type { CanonicalForm } from '../comparison/shape.ts';

/** A version of an event as it was when it was published first. Nothing of it ever changes. */
export interface FrozenVersion {
  readonly type: string;
  readonly version: number;
  /** YYYY-MM-DD */
  readonly frozenOn: string;
  /** The release of zod that rendered it. */
  readonly zod: string;
  /** unvalidated: what was published of it had not been parsed, and may hold keys that nobody declared. */
  readonly published: 'validated' | 'unvalidated';
  /** The number of the canonical form in which it was frozen; absent: 1. */
  readonly form?: number;
  /** Of the canonical forms. */
  readonly sha256: string;
  readonly canonical: Readonly<Record<SideName, CanonicalForm>>;
  /** JSON Schema of what is written, as zod renders it, with the marks of `rendering.ts`. */
  readonly writer: JsonSchema;
  /** JSON Schema of what is read. */
  readonly reader: JsonSchema;
}

/** Data of a version that has to be readable for ever. */
export interface GoldenSample {
  readonly name: string;
  readonly origin: 'hand' | 'generated' | 'log';
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FrozenEvent {
  readonly frozen: FrozenVersion;
  readonly samples: readonly GoldenSample[];
}

/** Somebody outside of this code base who reads events, and which versions he runs. */
export interface DeclaredSubscriber {
  readonly name: string;
  readonly owner: string;
  readonly reads: Readonly<Record<string, number>>;
}

/** Somebody's word that a break is meant, until a day. */
export interface Waiver {
  readonly rule: string;
  readonly type: string;
  readonly path: string;
  readonly reason: string;
  readonly owner: string;
  /** YYYY-MM-DD, the last day on which it holds. */
  readonly expires: string;
}

/** The release that runs. */
export const zodVersion = [z.core.version.major, z.core.version.minor, z.core.version.patch].join('.');

interface Published {
  readonly type: string;
  readonly version: number;
  readonly data: z.ZodType;
  readonly writer: FrozenVersion['published'];
}

export function frozenVersionOf({ type, version, data, writer }: Published, today: string): FrozenVersion {
  const { sha256, canonical, rendered } = describedSchema(data);
  const about = { type, version, frozenOn: today, zod: zodVersion, published: writer, form: CANONICAL_FORM };
  return { ...about, sha256, canonical, ...rendered };
}

/** The version in the canonical form of today. Of one that was frozen in another form both sides are made anew from what zod
 *  rendered then; a pattern that was built in then and is another one now counts as a pattern of its own. */
export function inPresentForm(frozen: FrozenVersion): FrozenVersion {
  if ((frozen.form ?? 1) === CANONICAL_FORM) return frozen;
  const canonical = {
    writer: canonicalForm(frozen.writer, 'writer'),
    reader: canonicalForm(frozen.reader, 'reader'),
  };
  return { ...frozen, form: CANONICAL_FORM, canonical, sha256: hashOf(canonical) };
}

export function frozenForm({ canonical, published }: Pick<FrozenVersion, 'canonical' | 'published'>): VersionForm {
  return { canonical, published };
}
