import * as z from 'zod';

// The value objects that several events share.

/** The legacy document's ObjectId in hex: 24 digits, lower case. */
const objectId = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{24}$/, 'expected an ObjectId: 24 hex digits, lower case')
    .describe(description);

export const userId = objectId('a user');
export const yublId = objectId('a yubl');
export const relationshipId = objectId('a follow relationship');

/** ISO 8601 with seconds and an offset. What Figtree writes itself is UTC with milliseconds. */
export const instant = z.iso.datetime({ offset: true });

/** Marks what says something about a person in that person's own words or name. It is left out of log lines, samples and
 *  documents, and never becomes a subject or a partition key. To be put around the bare schema, before it is made
 *  optional: zod passes such a mark on to refinements and not to wrappers. */
export function personal<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), pii: true });
}

export const userName = personal(z.string().min(1).max(200));
export const personName = personal(z.string().max(200));
export const yublText = personal(z.string().max(65_536));
