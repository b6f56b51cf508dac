import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { smallCatalog } from '../../testing/catalog-site/small-catalog.ts';
import { catalogModel } from './catalog-model.ts';
import { eventCatalogFolder } from './eventcatalog-folder.ts';
import { pathPart } from './path-part.ts';

const [event] = catalogModel(smallCatalog);
if (event === undefined) throw new Error('the small catalog is empty');

/** The text after the front matter, without fenced examples. */
function bodyOf(text: string): string {
  const end = text.indexOf('\n---\n', 4);
  return text.slice(end + 5).replace(/```[\s\S]*?```/g, '');
}

describe('the folder of a catalog', () => {
  test.each(['../../evil', '..', '.', '/etc/passwd', 'C:\\evil', 'a/../../b', '', '\u0000', '...', 'nul*'])(
    'is not left by the name %j',
    (name) => {
      const lineage = { producers: [{ name, basis: 'declared' as const }], consumers: [] };
      const files = eventCatalogFolder([{ ...event, type: name, owner: name, lineage } as unknown as typeof event]);
      expect(files.length).toBeGreaterThan(3);
      for (const [path] of files) {
        expect(posix.normalize(path)).toBe(path);
        expect(path).toMatch(/^(events|services|teams)\/[^/\\:*\0]+(\/|\.mdx$)/);
      }
    },
  );

  test.each([
    'export const pwned = 1',
    'import fs from "node:fs"',
    'Innocent.\n\nexport const pwned = 1',
    '   export default 1',
    '# heading',
    '- item',
    '+ item',
    '1. item',
    '2) item',
    '~~~\nfence',
    'a\n===',
    ':::danger',
    '&lt;script&gt;',
    '{danger}',
    '<script>',
  ])('has no markup and no code of the summary %j', (summary) => {
    const [[, page] = ['', '']] = eventCatalogFolder([{ ...event, summary }]);
    const [paragraph = ''] = bodyOf(page).trim().split('\n');
    expect(paragraph).not.toMatch(/^\s*(import|export|[-+#=~]|\d+[.)]|:::)/);
    expect(paragraph).not.toMatch(/(?<!\\)[{<~=]|(?<!\\)&(?!#\d+;)/);
    // Parsed as Markdown, it equals the summary.
    const read = paragraph
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replace(/\\([!-/:-@[-`{-~])/g, '$1');
    expect(read).toBe(summary.replace(/\s+/g, ' ').trim());
    expect(bodyOf(page)).not.toMatch(/^(import|export)\b/m);
  });
});

test('a part of a path keeps plain names, and no two names share one', () => {
  for (const name of ['yubl-posted', 'feed', 'com.example.order_placed', 'Team-1']) expect(pathPart(name)).toBe(name);
  const names = fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '2', 'E', 'a', '*', 'ä', ' ') });
  fc.assert(
    fc.property(names, names, (one, other) => {
      expect(pathPart(one)).toMatch(/^[\w%~-][\w%.~-]*$/);
      expect(pathPart(one) === pathPart(other)).toBe(one === other);
    }),
  );
});
