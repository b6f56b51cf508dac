import type { Past } from '../../replay/causes.ts';
import type { ComparedProjection, NoAnswer, TheirAnswer } from '../../replay/parity.ts';

/** How another system's answers are parsed and compared with those of a projection, in any engine. `Reader` is the projection's
 *  reader: methods that return promises. */
export interface ParityRules<Reader extends object = object> {
  /** The answer in a document, or the reason why it cannot be compared. */
  answerOf(document: unknown, place: AnswerPlace): TheirAnswer | NoAnswer;
  /** True if the other system's 404 means that it does not know the key; otherwise it is a failure. */
  readonly answersUnknown: boolean;
  /** The question for a key of the projection; keys with '' are skipped. Default: the key itself. */
  questionOf?(key: string): string;
  /** The number of a list's items that are requested from the other system; default: a million. */
  itemsMax?(feedLength: number): number;
  compare(reader: Reader, past: Past, feedLength: number): ComparedProjection;
}

export interface AnswerPlace {
  /** The requested key. Absent for a line of an export, which contains its key. */
  readonly key?: string;
  /** Segments of the URL's path, the last one first. They tell which list was requested if the answer does not. */
  readonly asked?: readonly string[];
}
