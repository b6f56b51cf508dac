import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events/json-object.ts';
import type { LegacyMemory } from '../../ports/legacy-memory.ts';
import { NO_CORRELATION } from '../build-event.ts';
import type { Change } from './change.ts';
import { legacyDoor } from './legacy-door.ts';
import { createRepeatedChanges } from './repeated-changes.ts';
import { ADA, BOB, change, removal, update, user, whole } from './sample-changes.ts';

const noMemory: LegacyMemory = { remember: async () => {}, recall: async () => new Map() };

/** As sent by a source without resume tokens. Changes of one transaction have one cluster time. */
function at(seconds: number, document: JsonObject): JsonObject {
  const { _id, ...rest } = document;
  return { ...rest, clusterTime: { $timestamp: { t: seconds, i: 1 } } };
}
const named = (userName: string, id = ADA) => update('users', id, { updatedFields: { userName } });

/** The ids of the changes as one delivery, in calls of these sizes. */
async function idsOf(documents: readonly JsonObject[], sizes: readonly number[] = [documents.length]) {
  const door = legacyDoor(noMemory);
  const delivery = {};
  const ids: string[] = [];
  let start = 0;
  for (let turn = 0; start < documents.length; turn += 1) {
    const items = documents.slice(start, (start += sizes[turn % sizes.length] ?? 1));
    const { readings } = await door.read(
      items.map((value) => ({ text: JSON.stringify(value) })),
      NO_CORRELATION,
      delivery,
    );
    for (const reading of readings) ids.push(reading.kind === 'events' ? (reading.events[0]?.id ?? '') : reading.kind);
  }
  return ids;
}

const different = (ids: readonly string[]) => new Set(ids).size;

describe('a change without a token', () => {
  test('is another one if it changes back what its transaction had changed', async () => {
    const ids = await idsOf([named('a'), named('b'), named('a'), named('b'), named('a')].map((one) => at(7, one)));
    expect(different(ids)).toBe(5);
    expect(ids.slice(2)).toEqual([`${ids[0]}/2`, `${ids[1]}/2`, `${ids[0]}/3`]);
  });

  test('is the same one if it is repeated at once, in another call, or after its transaction', async () => {
    const [a, b, other] = [at(7, named('a')), at(7, named('b')), at(8, named('a'))];
    expect(different(await idsOf([a, a, a]))).toBe(1);
    expect(different(await idsOf([a, b, b]))).toBe(2);
    const ids = await idsOf([a, b, other, a, b, other]);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
    expect(await idsOf([a, b])).toEqual(await idsOf([a, b]));
  });

  test('has nothing to do with other documents of its transaction', async () => {
    const ids = await idsOf([named('a'), named('b', BOB), named('a'), named('b', BOB)].map((one) => at(7, one)));
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  test('of any kind is told from its like', async () => {
    const born = whole('users', 'insert', user());
    const ids = await idsOf([born, removal('users', ADA), born, removal('users', ADA)].map((one) => at(7, one)));
    expect(different(ids)).toBe(4);
    const replaced = (userName: string) => whole('users', 'replace', user({ userName }));
    expect(different(await idsOf(['a', 'b', 'a'].map((name) => at(7, replaced(name)))))).toBe(3);
  });

  test('keeps the id that it always had, the first time', async () => {
    const sent = at(1_456_124_520, change('users', 'delete', { documentKey: { _id: { $oid: ADA } } }));
    expect(await idsOf([sent])).toEqual([`14561245200000000001/users/${ADA}/delete`]);
  });

  test('whose source sends tokens is named by them alone', async () => {
    const token = { _id: { _data: 'token' } };
    expect(await idsOf([named('a'), named('b'), named('a')].map((one) => ({ ...at(7, one), ...token })))).toEqual([
      'token',
      'token',
      'token',
    ]);
  });

  test.each([
    ['one document', () => ADA],
    ['many documents', (name: string) => name],
  ])('of %s is told apart for as many names of its transaction as are held', (_, documentOf) => {
    const repeated = createRepeatedChanges(3);
    const idOf = (id: string) => {
      const documentId = documentOf(id);
      return repeated.tellApart({ id, sequence: '7', hasToken: false, collection: 'users', documentId } as Change).id;
    };
    const again = (id: string) => (documentOf('x') === ADA ? `${id}/2` : id);
    const sent = ['a', 'b', 'c', 'd', 'e', 'd', 'a', 'c', 'd'];
    expect(sent.map(idOf)).toEqual(['a', 'b', 'c', 'd', 'e', 'd', again('a'), again('c'), 'd']);
  });

  test('is told apart as a naive look at its neighbours says, however the delivery is cut', async () => {
    const step = fc.record({
      seconds: fc.constantFrom(7, 7, 7, 8),
      id: fc.constantFrom(ADA, BOB),
      name: fc.constantFrom('a', 'b', 'c'),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), sizes, async (steps, cuts) => {
        const ids = await idsOf(
          steps.map(({ seconds, id, name }) => at(seconds, named(name, id))),
          cuts,
        );
        expect(ids.map((id) => id.replace(/(\/update\/[0-9a-f]+)\/\d+$/, '$1'))).toEqual(
          await Promise.all(
            steps.map(async ({ seconds, id, name }) => (await idsOf([at(seconds, named(name, id))]))[0]),
          ),
        );
        const times = steps.map((one, index) => {
          let from = index;
          while (from > 0 && steps[from - 1]?.seconds === one.seconds) from -= 1;
          const names = steps.slice(from, index + 1).filter(({ id }) => id === one.id);
          return names.filter(({ name }, place) => name === one.name && names[place - 1]?.name !== name).length;
        });
        expect(ids.map((id) => Number(/\/update\/[0-9a-f]+\/(\d+)$/.exec(id)?.[1] ?? 1))).toEqual(times);
      }),
    );
  });
});
