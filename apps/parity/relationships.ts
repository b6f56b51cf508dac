import * as z from 'zod';
import { exactInstant } from '../../events/instant.ts';
import type { RelationshipReader } from '../../ports/relationship-reader.ts';
import { comparedRelationships } from '../../replay/compared-projections.ts';
import { answerReader, idsOf, keyText } from './answer-shapes.ts';
import type { ParityRules } from './rules.ts';

const name = z.string().nullable();
const countOr = (list: z.ZodType<string[]>) => z.union([z.int().min(0), list]);

// Normalised, so that instants compare equal in any notation.
const instant = z.string().transform((text, { addIssue }) => {
  const exact = exactInstant(text);
  if (exact === undefined) addIssue('not an RFC 3339 instant');
  return exact ?? z.NEVER;
});

const lists = ['followers', 'following'] as const;
const names = ['userName', 'firstName', 'lastName', 'joinedAt'] as const;

/** A user in another system's answer: lists or counts of both sides, names, and when they joined. */
const relationshipsAnswer = answerReader({
  document: z.looseObject({
    userId: keyText.optional(),
    followers: countOr(idsOf('userId')).optional(),
    following: countOr(idsOf('userId')).optional(),
    counts: z.looseObject({ followers: z.int().min(0).optional(), following: z.int().min(0).optional() }).optional(),
    userName: z.string().optional(),
    firstName: name.optional(),
    lastName: name.optional(),
    joinedAt: instant.optional(),
    items: idsOf('userId').optional(),
  }),
  keyField: 'userId',
  extract(document, asked) {
    const found: Record<string, readonly string[]> = {};
    const values: Record<string, string | number | null> = {};
    for (const list of lists) {
      const value = document[list] ?? document.counts?.[list];
      if (typeof value === 'number') values[list] = value;
      else if (value !== undefined) found[list] = value;
    }
    if (document.items !== undefined) {
      const list = asked.find((word) => lists.some((one) => one === word));
      if (list === undefined) return 'the URL does not tell whether the items are followers';
      found[list] = document.items;
    }
    for (const field of names) {
      const value = document[field];
      if (value !== undefined) values[field] = value;
    }
    return { lists: found, values };
  },
});

export const relationshipsParity: ParityRules<RelationshipReader> = {
  answerOf: relationshipsAnswer,
  answersUnknown: true,
  compare: comparedRelationships,
};
