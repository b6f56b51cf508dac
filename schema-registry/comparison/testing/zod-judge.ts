import type * as z from 'zod';
import type { Outcome, VersionForm } from '../comparison.ts';
import { describedSchema } from '../described-schema.ts';
import { written } from './zod-values.ts';

export function formOf(schema: z.ZodType): VersionForm {
  return { canonical: describedSchema(schema).canonical, published: 'validated' };
}

/** Zod's own verdict: does one schema read what the other has written? Throws if that contradicts the outcome. */
export function expectJudged(writer: z.ZodType, reader: z.ZodType, outcome: Outcome): void {
  const values = written(writer, { otherKeys: ['x'] });
  if (values.length <= 10) throw new Error(`only ${values.length} values were written: too few to judge by`);
  const refused = values.filter((value) => !reader.safeParse(value).success);
  if ((outcome === 'safe') === refused.length > 0)
    throw new Error(`called ${outcome}, and zod refuses ${refused.length}, for instance ${JSON.stringify(refused[0])}`);
}
