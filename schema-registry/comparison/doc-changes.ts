import type { Change } from './comparison.ts';
import type { JsonSchema } from './rendering.ts';
import { changeRules } from './rules.ts';
import { textOf } from './shape.ts';

// Keywords that affect validation, or restate it in the rendering of one zod release. All others are documentation:
// titles, descriptions, examples, and `.meta()`.
const DECIDING = new Set(
  `$schema $ref $defs id $id type properties required additionalProperties propertyNames patternProperties items prefixItems
  minItems maxItems uniqueItems contains enum const anyOf oneOf allOf not format pattern contentEncoding contentMediaType
  minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minProperties maxProperties default
  readOnly`.split(/\s+/),
);

type Docs = Readonly<Record<string, unknown>>;

/** Where the documentation of two versions differs. No reader depends on it. */
export function docChanges(before: JsonSchema, after: JsonSchema): Change[] {
  const [then, now] = [docsOf(before), docsOf(after)];
  const both = [...now].filter(([path]) => then.has(path));
  return both.flatMap(([path, docs]) => {
    const old = then.get(path) ?? {};
    const words = [...new Set([...Object.keys(old), ...Object.keys(docs)])];
    const changed = words.filter((word) => textOf(old[word] ?? null) !== textOf(docs[word] ?? null));
    if (changed.length === 0) return [];
    const { severity, remedy } = changeRules.DOC_CHANGED;
    const message = `${path || 'the whole'} has a different ${changed.join(', ')}`;
    return [{ rule: 'DOC_CHANGED' as const, severity, path, message, remedy, replay: 'safe', subscribers: 'safe' }];
  });
}

function docsOf(root: JsonSchema): Map<string, Docs> {
  const found = new Map<string, Docs>();
  const visit = (part: unknown, path: string, open: readonly string[]): void => {
    if (typeof part !== 'object' || part === null) return;
    const schema = part as JsonSchema;
    const own = Object.entries(schema).filter(([key]) => !DECIDING.has(key) && !key.startsWith('x-'));
    found.set(path, { ...found.get(path), ...Object.fromEntries(own) });
    const { $ref, properties, items, anyOf, oneOf, allOf } = schema as Parts;
    if ($ref !== undefined && !open.includes($ref)) {
      const target = $ref === '#' ? root : (root['$defs'] as Docs | undefined)?.[$ref.replace('#/$defs/', '')];
      visit(target, path, [...open, $ref]);
    }
    for (const [name, inner] of Object.entries(properties ?? {}))
      visit(inner, path === '' ? name : `${path}.${name}`, open);
    for (const branch of [anyOf, oneOf, allOf].flat()) visit(branch, path, open);
    visit(items, `${path}[]`, open);
  };
  visit(root, '', []);
  return found;
}

interface Parts {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
}
