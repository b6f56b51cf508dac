import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events/json-object.ts';
import { NO_CORRELATION } from '../build-event.ts';
import type { Reading } from '../reading.ts';
import { changeEvents } from './change-events.ts';
import { readChange } from './change.ts';
import { ADA, removal, update, user, whole, without } from './sample-changes.ts';
import { mapUserChange } from './users.ts';

function read(document: JsonObject): Reading {
  const change = readChange(document);
  return change.kind === 'refused' ? change : changeEvents(change, mapUserChange(change), NO_CORRELATION);
}

function eventsOf(reading: Reading) {
  return reading.kind === 'events' ? reading.events.map(({ type, data }) => ({ type, data })) : reading;
}

function problemOf(reading: Reading) {
  return reading.kind === 'refused' ? reading.problem : reading;
}

describe('an insert of a user', () => {
  test('is user-joined', () => {
    const document = user({ firstName: 'Ada', lastName: 'Lovelace', avatar: 'a.png', version: 3 });
    expect(eventsOf(read(whole('users', 'insert', document)))).toEqual([
      {
        type: 'user-joined',
        data: {
          userId: ADA,
          userName: 'ada_l',
          firstName: 'Ada',
          lastName: 'Lovelace',
          joinedAt: '2016-02-22T07:02:00.000Z',
        },
      },
    ]);
  });

  test.each([
    ['missing', {}],
    ['null', { firstName: null, lastName: null }],
  ])('has no names that are %s', (_, names) => {
    const [event] = eventsOf(read(whole('users', 'insert', user(names)))) as { data: object }[];
    expect(Object.keys(event?.data ?? {})).toEqual(['userId', 'userName', 'joinedAt']);
  });

  test.each([
    ['userName', undefined, 'fullDocument.userName'],
    ['userName', '', 'fullDocument.userName'],
    ['userName', 5, 'fullDocument.userName'],
    ['userName', null, 'fullDocument.userName'],
    ['firstName', 5, 'fullDocument.firstName'],
    ['lastName', 'x'.repeat(201), 'fullDocument.lastName'],
    ['createdAt', undefined, 'fullDocument.createdAt'],
    ['createdAt', 'yesterday', 'fullDocument.createdAt'],
    ['_id', 'short', 'fullDocument._id'],
  ])('whose %s is %j is refused with the path', (name, value, path) => {
    const document = value === undefined ? without(user(), name) : user({ [name]: value });
    expect(problemOf(read(whole('users', 'insert', document)))).toMatchObject({ code: 'CHANGE_INVALID', path });
  });

  test('is refused with each problem reported once, by the reader that saw the original input', () => {
    const document = user({ createdAt: 'never', userName: 5 });
    expect(problemOf(read(whole('users', 'insert', document)))).toEqual({
      code: 'CHANGE_INVALID',
      path: 'fullDocument.createdAt',
      message:
        'fullDocument.createdAt must be a date, not "never"; ' +
        'fullDocument.userName is refused: Invalid input: expected string, received number',
    });
  });

  test('is refused with everything that is wrong with it, the first of it as the path', () => {
    const document = without(user({ createdAt: 'never', firstName: [] }), 'userName');
    const problem = problemOf(read({ ...whole('users', 'insert', document), clusterTime: null }));
    expect(problem).toMatchObject({ code: 'CHANGE_INVALID', path: 'clusterTime' });
    for (const path of ['clusterTime', 'fullDocument.createdAt', 'fullDocument.userName', 'fullDocument.firstName']) {
      expect(problem).toHaveProperty('message', expect.stringContaining(path));
    }
  });
});

describe('an update of a user', () => {
  test.each([
    ['a new user name', { updatedFields: { userName: 'ada' } }, { userName: 'ada' }],
    [
      'two names and more',
      { updatedFields: { firstName: 'A', lastName: 'L', age: 7 } },
      { firstName: 'A', lastName: 'L' },
    ],
    ['a removed name', { updatedFields: {}, removedFields: ['lastName', 'age'] }, { lastName: null }],
    ['a name that became null', { updatedFields: { firstName: null } }, { firstName: null }],
    [
      'one name set and one removed',
      { updatedFields: { firstName: 'A' }, removedFields: ['lastName'], truncatedArrays: [] },
      { firstName: 'A', lastName: null },
    ],
  ])('with %s is user-profile-updated with just that', (_, description, names) => {
    expect(eventsOf(read(update('users', ADA, description)))).toEqual([
      { type: 'user-profile-updated', data: { userId: ADA, ...names } },
    ]);
  });

  test.each([
    ['another field', { updatedFields: { lastSeen: { $date: 5 } } }],
    ['a part of another field', { updatedFields: { 'settings.userName': 'x' }, removedFields: ['settings.a'] }],
    ['a shortened array', { truncatedArrays: [{ field: 'devices', newSize: 3 }] }],
    ['nothing', {}],
  ])('with %s says nothing', (_, description) => {
    expect(read(update('users', ADA, description))).toEqual({ kind: 'ignored' });
  });

  test.each([
    ['removes the user name', { removedFields: ['userName'] }, 'updateDescription.removedFields'],
    ['makes the user name null', { updatedFields: { userName: null } }, 'updateDescription.updatedFields.userName'],
    ['sets a name to a number', { updatedFields: { lastName: 5 } }, 'updateDescription.updatedFields.lastName'],
    ['sets a part of a name', { updatedFields: { 'lastName.a': 'x' } }, 'updateDescription.updatedFields.lastName.a'],
    ['shortens a name', { truncatedArrays: [{ field: 'lastName' }] }, 'updateDescription.truncatedArrays'],
    ['updates no object', { updatedFields: ['x'] }, 'updateDescription.updatedFields'],
    ['removes no list', { removedFields: 'userName' }, 'updateDescription.removedFields'],
    ['shortens no list', { truncatedArrays: [5] }, 'updateDescription.truncatedArrays'],
  ])('that %s is refused with the path', (_, description, path) => {
    expect(problemOf(read(update('users', ADA, description)))).toMatchObject({ code: 'CHANGE_INVALID', path });
  });

  test('without a description is refused with the path', () => {
    const document = without(update('users', ADA, {}), 'updateDescription');
    expect(problemOf(read(document))).toMatchObject({ code: 'CHANGE_INVALID', path: 'updateDescription' });
  });
});

describe('a replacement of a user', () => {
  test('is user-profile-updated with all names, also those that are gone', () => {
    expect(eventsOf(read(whole('users', 'replace', user({ firstName: 'Ada' }))))).toEqual([
      {
        type: 'user-profile-updated',
        data: { userId: ADA, userName: 'ada_l', firstName: 'Ada', lastName: null },
      },
    ]);
  });

  test('without a user name is refused with the path', () => {
    const reading = read(whole('users', 'replace', without(user(), 'userName')));
    expect(problemOf(reading)).toMatchObject({ code: 'CHANGE_INVALID', path: 'fullDocument.userName' });
  });
});

test('a removal of a user is user-left', () => {
  expect(eventsOf(read(removal('users', ADA)))).toEqual([{ type: 'user-left', data: { userId: ADA } }]);
});
