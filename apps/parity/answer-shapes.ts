import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import type { NoAnswer, TheirAnswer } from '../../replay/parity.ts';
import type { AnswerPlace } from './rules.ts';

// The shapes in which another system answers: a line of its export, or the body of its API. docs/parity.md explains them.
// Unknown fields pass: an export says more than is compared.

export const keyText = z.string().min(1);

/** A list of ids, or of objects that have one by this name. */
export function idsOf(name: string) {
  return z.array(z.union([keyText, z.looseObject({ [name]: keyText }).transform((item) => item[name] as string)]));
}

export type Comparable = Pick<TheirAnswer, 'lists' | 'values'>;

interface AnswerShape<Document> {
  readonly document: z.ZodType<Document>;
  /** The field that says what was asked for, in a line of an export. */
  readonly keyField: keyof Document & string;
  /** What a document says, or why that cannot be told. */
  said(document: Document, asked: readonly string[]): Comparable | string;
}

/** Reads answers of one shape. */
export function answerReader<Document>({ document: shape, keyField, said }: AnswerShape<Document>) {
  return (document: unknown, place: AnswerPlace): TheirAnswer | NoAnswer => {
    const parsed = shape.safeParse(document);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      return { ...defined({ key: place.key }), error: `${at}${issue?.message ?? 'not an answer'}` };
    }
    const key = place.key ?? (parsed.data[keyField] as string | undefined);
    if (key === undefined) return { error: `it has no ${keyField}` };
    const comparable = said(parsed.data, place.asked ?? []);
    if (typeof comparable === 'string') return { key, error: comparable };
    const nothing = Object.keys(comparable.lists).length + Object.keys(comparable.values).length === 0;
    return nothing ? { key, error: 'it contains nothing to compare' } : { key, ...comparable };
  };
}
