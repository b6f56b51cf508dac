import * as z from 'zod';
import { canonicalForm, hashOf, type SideName } from './canonical-form.ts';
import { renderSides, type Sides } from './rendering.ts';
import type { CanonicalForm } from './shape.ts';
import { formatNames } from './string-formats.ts';

/** What the registry knows about a schema: its zod rendering, its canonical form, and the hash of that. */
export interface DescribedSchema {
  readonly rendered: Sides;
  readonly canonical: Readonly<Record<SideName, CanonicalForm>>;
  readonly sha256: string;
}

/** `zod` is the release that built the schema. */
export function describedSchema(schema: z.ZodType, zod: typeof z = z): DescribedSchema {
  const rendered = renderSides(schema, zod);
  const names = formatNames(zod);
  const canonical = {
    writer: canonicalForm(rendered.writer, 'writer', names),
    reader: canonicalForm(rendered.reader, 'reader', names),
  };
  return { rendered, canonical, sha256: hashOf(canonical) };
}
