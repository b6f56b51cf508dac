import type { ChangeRule } from './rules.ts';
import type { CanonicalForm, Shape } from './shape.ts';

/** One change between two versions, by its name and place; what it breaks is determined elsewhere. */
export interface NamedChange {
  readonly rule: ChangeRule;
  readonly path: string;
  /** The change, as a sentence without its subject. */
  readonly says: string;
  /** For a renamed field: its new path. */
  readonly to?: string;
}

/** The state of a walk through two versions. */
export interface Walk {
  readonly before: CanonicalForm;
  readonly after: CanonicalForm;
  readonly path: string;
  readonly pairs: ReadonlySet<string>;
  readonly changesOf: (before: Shape, after: Shape, walk: Walk) => NamedChange[];
}
