import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events/json-object.ts';
import { NO_CORRELATION } from '../build-event.ts';
import type { Reading } from '../reading.ts';
import { changeEvents } from './change-events.ts';
import { readChange } from './change.ts';
import { ADA, BOB, removal, update, whole, without, YUBL, yubl } from './sample-changes.ts';
import { mapYublChange } from './yubls.ts';

function read(document: JsonObject): Reading {
  const change = readChange(document);
  return change.kind === 'refused' ? change : changeEvents(change, mapYublChange(change), NO_CORRELATION);
}

function eventsOf(reading: Reading) {
  return reading.kind === 'events' ? reading.events.map(({ type, data }) => ({ type, data })) : reading;
}

function problemOf(reading: Reading) {
  return reading.kind === 'refused' ? reading.problem : reading;
}

test('an insert of a yubl is yubl-posted', () => {
  expect(eventsOf(read(whole('yubls', 'insert', yubl({ likes: 3 }))))).toEqual([
    {
      type: 'yubl-posted',
      data: { yublId: YUBL, authorId: ADA, text: 'thats right', postedAt: '2016-02-22T07:04:00.000Z' },
    },
  ]);
});

test.each([
  ['userId', undefined, 'fullDocument.userId'],
  ['userId', 'ada', 'fullDocument.userId'],
  ['text', undefined, 'fullDocument.text'],
  ['text', ['a'], 'fullDocument.text'],
  ['text', 'x'.repeat(65_537), 'fullDocument.text'],
  ['postedAt', undefined, 'fullDocument.postedAt'],
  ['postedAt', { $date: 'never' }, 'fullDocument.postedAt'],
])('an insert whose %s is %j is refused with the path', (name, value, path) => {
  const document = value === undefined ? without(yubl(), name) : yubl({ [name]: value });
  expect(problemOf(read(whole('yubls', 'insert', document)))).toMatchObject({ code: 'CHANGE_INVALID', path });
});

test('a removal of a yubl is yubl-deleted', () => {
  expect(eventsOf(read(removal('yubls', YUBL)))).toEqual([{ type: 'yubl-deleted', data: { yublId: YUBL } }]);
});

describe('an update of a yubl', () => {
  test('says nothing if it leaves alone what was said', () => {
    const description = { updatedFields: { likes: 4, 'stats.text': 'x' }, removedFields: ['draft'] };
    expect(read(update('yubls', YUBL, description))).toEqual({ kind: 'ignored' });
  });

  test.each([
    ['changes the text', { updatedFields: { text: 'wrong' } }, 'updateDescription.updatedFields.text'],
    ['changes the author', { updatedFields: { userId: { $oid: BOB } } }, 'updateDescription.updatedFields.userId'],
    ['changes the time', { updatedFields: { postedAt: 5 } }, 'updateDescription.updatedFields.postedAt'],
    ['removes the text', { removedFields: ['text'] }, 'updateDescription.removedFields'],
  ])('goes to a person if it %s', (_, description, path) => {
    expect(problemOf(read(update('yubls', YUBL, description)))).toMatchObject({ code: 'CHANGE_NOT_SUPPORTED', path });
  });
});

describe('a replacement of a yubl', () => {
  const replacement = (more: JsonObject) => whole('yubls', 'replace', yubl(more));

  test('says nothing if the pre-image shows that it leaves alone what was said', () => {
    const before = yubl({ postedAt: '2016-02-22T07:04:00Z', likes: 1 });
    expect(read({ ...replacement({ likes: 2 }), fullDocumentBeforeChange: before })).toEqual({ kind: 'ignored' });
  });

  test.each([
    ['another text', { text: 'left' }, 'fullDocument.text'],
    ['another author', { userId: { $oid: BOB } }, 'fullDocument.userId'],
    ['another time', { postedAt: 5 }, 'fullDocument.postedAt'],
  ])('goes to a person if the pre-image shows %s', (_, more, path) => {
    const document = { ...replacement(more), fullDocumentBeforeChange: yubl() };
    expect(problemOf(read(document))).toMatchObject({ code: 'CHANGE_NOT_SUPPORTED', path });
  });

  test.each([
    ['left out', {}],
    ['null', { fullDocumentBeforeChange: null }],
  ])('goes to a person if the pre-image is %s', (_, before) => {
    const problem = problemOf(read({ ...replacement({}), ...before }));
    expect(problem).toMatchObject({ code: 'CHANGE_NOT_SUPPORTED', path: 'fullDocumentBeforeChange' });
  });
});
