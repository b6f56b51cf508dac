/** A result of `schema check`: the rule, the file, the place in it, and the remedy. */
export interface Finding {
  readonly rule: string;
  /** fails: the check does not pass. waived: it would fail without a waiver. */
  readonly outcome: 'fails' | 'warns' | 'notes' | 'waived';
  readonly type: string;
  readonly version?: number;
  /** Relative to the project's root. */
  readonly file: string;
  /** Path in the data or in the file; empty for the whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** Where the registry's files are in a project. */
export const REGISTRY = 'schema-registry';

export function frozenFileOf(type: string, version: number): string {
  return `${REGISTRY}/frozen/${type}/${version}.json`;
}
