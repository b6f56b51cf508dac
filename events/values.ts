import * as z from 'zod';

// The value objects shared by several events.

/** The legacy document's ObjectId in hex: 24 digits, lower case. */
const objectId = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{24}$/, 'expected an ObjectId: 24 hex digits, lower case')
    .describe(description);

export const userId = objectId('a user');
export const yublId = objectId('a yubl');
export const relationshipId = objectId('a follow relationship');

/** ISO 8601 with seconds and an offset. Figtree itself writes UTC with milliseconds. */
export const instant = z.iso.datetime({ offset: true });

/** Marks text in a person's own words or their name. It is kept out of log lines, samples and documents, and never
 *  becomes a subject or a partition key. Apply it to the bare schema, before `optional`: zod passes such a mark on to
 *  refinements but not to wrappers. */
export function personal<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), pii: true });
}

export const userName = personal(z.string().min(1).max(200));
export const personName = personal(z.string().max(200));
export const yublText = personal(z.string().max(65_536));
