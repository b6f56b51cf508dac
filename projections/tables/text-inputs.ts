import type * as z from 'zod';

type Definition = z.core.$ZodTypes['_zod']['def'];

/** Whether a schema refuses every text, as far as its parts tell. False wherever code of its authors decides. */
export function refusesTexts(schema: z.core.$ZodType): boolean {
  const { def } = schema as unknown as { readonly def: Definition };
  if (def.type === 'number' || def.type === 'boolean' || def.type === 'bigint' || def.type === 'date') {
    return def.coerce !== true;
  }
  if (def.type === 'literal') return !def.values.some(isText);
  if (def.type === 'enum') return !Object.values(def.entries).some(isText);
  if (def.type === 'union') return def.options.every(refusesTexts);
  // What begins with a function, such as z.preprocess, is a pipe whose first part is a transform.
  if (def.type === 'pipe') return refusesTexts(def.in);
  // What catches accepts everything.
  return 'innerType' in def && def.type !== 'catch' && def.type !== 'success' && refusesTexts(def.innerType);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
