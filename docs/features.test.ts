import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const document = readFileSync(join(import.meta.dirname, 'features.md'), 'utf8');
const blocks = [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

test.each(['projection.ts', 'tables.ts', 'tables.test.ts'])('the page shows %s as it runs', (file) => {
  const source = readFileSync(join(import.meta.dirname, 'examples/new-followers', file), 'utf8');
  // The page is about features/NAME/, which is one folder nearer to the root.
  expect(blocks).toContain(source.replaceAll("'../../../", "'../../"));
});
