/** A field that says something about a person, and where in the same data that person's id is. Both are dotted paths,
 *  `*` for any element or key; an element's field may name a person of the same element. */
export interface PersonField {
  readonly field: string;
  readonly person: string;
}

/** For every version that a log may hold, by `dataschema`: plain data, so that it can be passed to a thread. */
export type PersonFields = Readonly<Record<string, readonly PersonField[]>>;

/** Replaces an erased person's text. Every schema accepts it. */
export const ERASED = '(erased)';
