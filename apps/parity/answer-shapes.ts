import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import type { NoAnswer, TheirAnswer } from '../../replay/parity.ts';
import type { AnswerPlace } from './rules.ts';

// The shapes of another system's answers: a line of its export, or the body of an API response. docs/parity.md explains them.
// Unknown fields are allowed, because an export contains more than is compared.

export const keyText = z.string().min(1);

/** A list of ids, or of objects with an id in the field `name`. */
export function idsOf(name: string) {
  return z.array(z.union([keyText, z.looseObject({ [name]: keyText }).transform((item) => item[name] as string)]));
}

export type Comparable = Pick<TheirAnswer, 'lists' | 'values'>;

interface AnswerShape<Document> {
  readonly document: z.ZodType<Document>;
  /** The field of an export's line that holds the key. */
  readonly keyField: keyof Document & string;
  /** The comparable part of a document, or the reason why there is none. */
  extract(document: Document, asked: readonly string[]): Comparable | string;
}

/** Reads answers of one shape. */
export function answerReader<Document>({ document: shape, keyField, extract }: AnswerShape<Document>) {
  return (document: unknown, place: AnswerPlace): TheirAnswer | NoAnswer => {
    const parsed = shape.safeParse(document);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      return { ...defined({ key: place.key }), error: `${at}${issue?.message ?? 'not an answer'}` };
    }
    const key = place.key ?? (parsed.data[keyField] as string | undefined);
    if (key === undefined) return { error: `it has no ${keyField}` };
    const comparable = extract(parsed.data, place.asked ?? []);
    if (typeof comparable === 'string') return { key, error: comparable };
    const nothing = Object.keys(comparable.lists).length + Object.keys(comparable.values).length === 0;
    return nothing ? { key, error: 'it contains nothing to compare' } : { key, ...comparable };
  };
}
