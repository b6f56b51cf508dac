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

export const userName = z.string().min(1).max(200);
export const personName = z.string().max(200);
export const yublText = z.string().max(65_536);
