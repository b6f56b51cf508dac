/** Something that `schema check` has found: by which rule, in which file, where in it, and what to do about it. */
export interface Finding {
  readonly rule: string;
  /** fails: the check does not pass. waived: it would, if a waiver did not stand for it. */
  readonly outcome: 'fails' | 'warns' | 'notes' | 'waived';
  readonly type: string;
  readonly version?: number;
  /** From the root of the project on. */
  readonly file: string;
  /** Where in the data or in the file; empty for the whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** Where the files of the registry lie in a project. */
export const REGISTRY = 'schema-registry';

export function frozenFileOf(type: string, version: number): string {
  return `${REGISTRY}/frozen/${type}/${version}.json`;
}
