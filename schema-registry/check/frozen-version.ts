import * as z from 'zod';
import { CANONICAL_FORM, canonicalForm, hashOf, type SideName } from '../comparison/canonical-form.ts';
import type { VersionForm } from '../comparison/comparison.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import type { JsonSchema } from '../comparison/rendering.ts';
import type { CanonicalForm } from '../comparison/shape.ts';

/** A version of an event as it was first published. It never changes. */
export interface FrozenVersion {
  readonly type: string;
  readonly version: number;
  /** YYYY-MM-DD */
  readonly frozenOn: string;
  /** The zod release that rendered it. */
  readonly zod: string;
  /** unvalidated: its events were not parsed before publishing, and may have undeclared keys. */
  readonly published: 'validated' | 'unvalidated';
  /** The number of the canonical form in which it was frozen; absent: 1. */
  readonly form?: number;
  /** Hashes of the canonical forms. */
  readonly sha256: string;
  readonly canonical: Readonly<Record<SideName, CanonicalForm>>;
  /** JSON Schema of what is written, as rendered by zod, with the marks of `rendering.ts`. */
  readonly writer: JsonSchema;
  /** JSON Schema of what is read. */
  readonly reader: JsonSchema;
}

/** Data of a version that must stay readable forever. */
export interface GoldenSample {
  readonly name: string;
  readonly origin: 'hand' | 'generated' | 'log';
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FrozenEvent {
  readonly frozen: FrozenVersion;
  readonly samples: readonly GoldenSample[];
}

/** A reader of events outside of this code base, and the versions that it runs. */
export interface DeclaredSubscriber {
  readonly name: string;
  readonly owner: string;
  readonly reads: Readonly<Record<string, number>>;
}

/** A statement that a break is intended, until a date. */
export interface Waiver {
  readonly rule: string;
  readonly type: string;
  readonly path: string;
  readonly reason: string;
  readonly owner: string;
  /** YYYY-MM-DD, the last day on which it is valid. */
  readonly expires: string;
}

/** The running release. */
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

/** Returns the version in the current canonical form. For one frozen in another form, both sides are derived again from
 *  zod's rendering of that time; a pattern that was built in then and differs now counts as a custom pattern. */
export function inCurrentForm(frozen: FrozenVersion): FrozenVersion {
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
