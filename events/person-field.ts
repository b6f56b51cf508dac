/** A field that says something about a person, and where in the same data that person's id stands. Both are dotted paths, `*`
 *  for any element or key; an element's field may name a person of the same element. */
export interface PersonField {
  readonly field: string;
  readonly person: string;
}

/** Of every version that may stand in a log, by `dataschema`: plain data, so that a thread can be handed it. */
export type PersonFields = Readonly<Record<string, readonly PersonField[]>>;

/** What stands where a person's words stood, once he was erased. Every schema takes it. */
export const ERASED = '(erased)';
