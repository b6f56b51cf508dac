import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answers } from '../apps/server/problem.ts';
import { type ErrorCode, errorCatalogue } from '../events/errors.ts';

const page = readFileSync(join(import.meta.dirname, 'errors.md'), 'utf8');

/** The rows of all tables: code, HTTP status, "yes" or "no", meaning, what to do. */
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (yes|no) \| (.+) \| (.+) \|$/gm)].map(
  ([, ...cells]) => cells,
);

test('errors.md explains every code of the catalogue, in its order', () => {
  expect(rows.map(([code]) => code)).toEqual(Object.keys(errorCatalogue));
});

test.each(rows)('errors.md says of %s what the code does', (name, status, again) => {
  const code = name as ErrorCode;
  expect({ status: Number(status), retryable: again === 'yes' }).toEqual({
    status: answers[code].status,
    retryable: errorCatalogue[code].retryable,
  });
});
