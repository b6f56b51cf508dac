import type { Past } from '../../replay/causes.ts';
import type { ComparedProjection, NoAnswer, TheirAnswer } from '../../replay/parity.ts';

/** How another system's answers are understood and compared with those of a projection, whichever engine keeps it. `Reader` is
 *  what answers from the projection: methods that return promises. */
export interface ParityRules<Reader extends object = object> {
  /** What a document says of one key, or why it says nothing that could be compared. */
  answerOf(document: unknown, place: AnswerPlace): TheirAnswer | NoAnswer;
  /** Whether the other system's 404 says that it does not know the key, or nothing at all. */
  readonly answersUnknown: boolean;
  /** The question for a key of the projection; '' is not asked. Default: the key itself. */
  questionOf?(key: string): string;
  /** The number of items of a list that are asked of the other system; default: a million. */
  itemsMax?(feedLength: number): number;
  compare(reader: Reader, past: Past, feedLength: number): ComparedProjection;
}

export interface AnswerPlace {
  /** What was asked for. Absent for a line of an export, which says itself whose it is. */
  readonly key?: string;
  /** Names of folders in the URL's path, the last one first: which list is asked for, where the answer does not say. */
  readonly asked?: readonly string[];
}
