import { expect, test } from 'vitest';
import * as z from 'zod';
import { catalog } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { ERASED } from '../events/person-field.ts';
import { personal } from '../events/values.ts';
import { pastVersions } from './past-versions.ts';
import { personalPaths } from './personal-data.ts';
import { personFieldsOf } from './person-fields.ts';

const versions = [...Object.values<EventDefinition>(catalog), ...pastVersions];

test('every personal field of every version says whom it is about', () => {
  const fields = personFieldsOf(versions);
  expect(fields['figtree:yubl-posted:1']).toEqual([
    { field: 'authorName', person: 'authorId' },
    { field: 'text', person: 'authorId' },
  ]);
  expect(Object.values(fields).flat()).toHaveLength(versions.flatMap((version) => personalPaths(version)).length);
});

test('a field that does not say it is refused by its name', () => {
  const data = z.object({ userId: z.string(), nick: personal(z.string()) });
  const undeclared = { type: 'nicknamed', version: 3, data, about: { name: 'userId' } };
  expect(() => personFieldsOf([undeclared])).toThrow(
    expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringContaining('nicknamed v3') }),
  );
  expect(personFieldsOf([{ ...undeclared, about: { nick: 'userId' } }])).toEqual({
    'figtree:nicknamed:3': [{ field: 'nick', person: 'userId' }],
  });
});

test('every schema takes what stands there once a person was erased', () => {
  for (const { type, examples, about, safeParse } of Object.values<EventDefinition>(catalog)) {
    for (const example of examples) {
      const erased = Object.fromEntries(
        Object.entries(example).map(([name, value]) => [name, name in about && value !== null ? ERASED : value]),
      );
      expect(safeParse(erased).success, type).toBe(true);
    }
  }
});
