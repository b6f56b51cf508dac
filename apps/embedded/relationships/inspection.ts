import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import { comparedRelationships } from '../../../replay/compared-projections.ts';
import type { Inspection } from '../projection.ts';
import { relationshipsAnswer } from './answers.ts';
import { explainRelationships } from './explaining.ts';

export const relationshipsInspection: Inspection<RelationshipReader> = {
  parity: { answerOf: relationshipsAnswer, answersUnknown: true, compare: comparedRelationships },
  explain: explainRelationships,
};
