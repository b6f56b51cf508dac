import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { ERASED, type PersonFields } from '../../../events/person-field.ts';
import { changeTexts } from './field-changes.ts';
import { openLogFile } from '../log/log-file.ts';
import { type EmbeddedPersonKeys, openPersonKeys, personKeysPath } from './person-keys.ts';
import { dataOpening, type DataSealing, dataSealing } from './sealed-data.ts';

// An event about two persons, one about many, and one about none.
const fields: PersonFields = {
  'figtree:introduced:1': [
    { field: 'hostName', person: 'hostId' },
    { field: 'guest.name', person: 'guest.id' },
    { field: 'notes', person: 'hostId' },
  ],
  'figtree:tagged:1': [{ field: 'people.*.name', person: 'people.*.id' }],
};
const [ada, bob] = ['a'.repeat(24), 'b'.repeat(24)] as const;
const introduction = {
  hostId: ada,
  hostName: 'Ada Lovelace',
  guest: { name: 'Bob Bobson', id: bob, age: 7 },
  notes: ['well met', { deep: 'and late' }, 4, null],
};
const tagging = { people: [{ id: ada, name: 'Ada' }, { id: bob, name: 'Bob' }, { name: 'nobody' }], place: 'London' };

let folder: string;
let keys: EmbeddedPersonKeys;
let seals: DataSealing;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-sealed-'));
  keys = openPersonKeys(join(folder, 'keys.db'));
  seals = dataSealing({ keys, fields, seals: true });
});
afterEach(() => {
  keys.close();
  rmSync(folder, { recursive: true });
});

function eventOf(type: string, data: unknown): EventEnvelope {
  return { type, dataschema: `figtree:${type}:1`, data } as unknown as EventEnvelope;
}

describe('sealed data', () => {
  test('shows no text about anybody, keeps its fields and their order, and is opened to what it was', () => {
    for (const [type, data] of [
      ['introduced', introduction],
      ['tagged', tagging],
    ] as const) {
      const text = seals.encode(eventOf(type, data));
      expect(text).not.toMatch(/Lovelace|Bobson|well met|late|"Ada"|"Bob"/);
      expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(data));
      expect(seals.open(type, 1, text)).toEqual(data);
      expect(JSON.stringify(seals.open(type, 1, text))).toBe(JSON.stringify(data));
    }
  });

  test('of two persons keeps the words of the one who is not erased', () => {
    const [first, second] = [
      seals.encode(eventOf('introduced', introduction)),
      seals.encode(eventOf('tagged', tagging)),
    ];
    keys.destroy(bob);
    expect(seals.open('introduced', 1, first)).toEqual({
      ...introduction,
      guest: { name: ERASED, id: bob, age: 7 },
    });
    expect(seals.open('tagged', 1, second)).toEqual({
      ...tagging,
      people: [{ id: ada, name: 'Ada' }, { id: bob, name: ERASED }, { name: 'nobody' }],
    });
    keys.destroy(ada);
    expect(seals.open('introduced', 1, first)).toMatchObject({
      hostName: ERASED,
      notes: [ERASED, { deep: ERASED }, 4, null],
    });
  });

  test('is the same event as the plain one and as another sealing of it, and not as one with another word', () => {
    const event = eventOf('introduced', introduction);
    const other = eventOf('introduced', { ...introduction, hostName: 'Ada Byron' });
    const stored = [seals.encode(event), seals.encode(event), JSON.stringify(introduction)];
    for (const data of stored) {
      expect(seals.says({ version: 1, data }, event)).toBe(true);
      expect(seals.says({ version: 1, data }, other)).toBe(false);
    }
    keys.destroy(ada);
    // The content of unreadable data cannot be compared; all other content can.
    for (const data of stored) {
      expect(seals.says({ version: 1, data }, event)).toBe(true);
      expect(seals.says({ version: 1, data }, other)).toBe(true);
      expect(seals.says({ version: 1, data }, eventOf('introduced', { ...introduction, hostId: bob }))).toBe(false);
    }
  });

  test('of an erased person is never kept, sealed or not', () => {
    keys.destroy(ada);
    for (const sealing of [seals, dataSealing({ keys, fields, seals: false })]) {
      expect(sealing.encode(eventOf('tagged', { people: [{ id: ada, name: 'Ada' }] }))).not.toContain('"Ada"');
    }
    // Plain text from before the erasure.
    expect(seals.open('tagged', 1, JSON.stringify(tagging))).toMatchObject({
      people: [{ name: ERASED }, { name: 'Bob' }, {}],
    });
  });
});

test('a plain text that looks like a sealed one is read as it was said', () => {
  const plain = dataSealing({ keys, fields, seals: false });
  const words = fc.constantFrom('figtree-sealed:1:', 'figtree-sealed:0:', 'figtree-sealed:', '"', 'AAAA', '\\', ' ');
  fc.assert(
    fc.property(
      fc.array(words).map((parts) => parts.join('')),
      fc.boolean(),
      (name, sealed) => {
        const data = { people: [{ id: ada, name }] };
        const sealing = sealed ? seals : plain;
        expect(sealing.open('tagged', 1, sealing.encode(eventOf('tagged', data)))).toEqual(data);
      },
    ),
  );
});

test('nothing is changed where nobody is named or the field is not there', () => {
  const change = () => expect.unreachable();
  for (const data of [
    {},
    { people: [] },
    { people: null },
    { people: [{ name: 'x', id: 4 }] },
    { people: 'x' },
    null,
    7,
  ]) {
    expect(changeTexts(data, fields['figtree:tagged:1'] ?? [], change)).toEqual(data);
  }
});

test('a key that was made is there whenever its event is', async () => {
  const path = join(folder, 'log.db');
  const real = dataSealing({ keys: openPersonKeys(personKeysPath(path)), fields, seals: true });
  let crashed = false;
  // The process is killed after the key was stored and before its event is.
  const crashing = {
    ...real,
    beforeCommit() {
      real.beforeCommit();
      if (!crashed) throw new Error('killed');
    },
  };
  const file = openLogFile(path, crashing);
  const event = {
    ...eventOf('tagged', tagging),
    id: '1',
    source: 's',
    partitionkey: 'k',
    subject: 'k',
    sequence: '',
    time: '',
    correlationid: '1',
  };
  await expect(file.log.append([event as EventEnvelope])).rejects.toThrow('killed');
  crashed = true;
  await file.log.append([event]);
  await file.close();
  const opening = dataOpening(path, fields);
  const again = openLogFile(path, { ...real, ...opening });
  expect((await again.log.read({ after: 0, limit: 1 })).events).toMatchObject([{ position: 1, data: tagging }]);
  await again.close();
  opening.close();
});
