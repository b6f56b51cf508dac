import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events/json-object.ts';
import { readChange } from './change.ts';
import { ADA, BOB, change, removal, user, whole, without } from './sample-changes.ts';

function read(document: JsonObject) {
  const reading = readChange(document);
  if (reading.kind === 'refused') throw new Error(reading.problem.message);
  return reading;
}

const insert = (more: JsonObject = {}) => ({ ...whole('users', 'insert', user()), ...more });
const clusterTime = { $timestamp: { t: 1456124520, i: 7 } };

describe('the id of a change', () => {
  test('is its resume token', () => {
    expect(read(insert({ _id: { _data: '8256CAB268' } })).id).toBe('8256CAB268');
  });

  test.each([
    ['missing', undefined],
    ['no text', { _data: 5 }],
    ['empty', { _data: '' }],
    ['not printable', { _data: 'a\u0000' }],
    ['endless', { _data: 'a'.repeat(1025) }],
  ])('is made of what the change did, and when, if the token is %s', (_, _id) => {
    expect(read(insert({ _id, clusterTime })).id).toBe(`14561245200000000007/users/${ADA}/insert`);
  });
});

describe('the time of a change', () => {
  test('is the wall time', () => {
    expect(read(insert({ wallTime: 1456124520123 })).time).toBe('2016-02-22T07:02:00.123Z');
  });

  test.each([[undefined], [null]])('is the cluster time if the wall time is %s', (wallTime) => {
    expect(read(insert({ wallTime, clusterTime })).time).toBe('2016-02-22T07:02:00.000Z');
  });
});

test('the sequence of a change is its cluster time', () => {
  expect(read(insert({ clusterTime })).sequence).toBe('14561245200000000007');
});

test('the document of an update is not read, because it is the document of a later moment', () => {
  expect(read(change('users', 'update', { documentKey: { _id: ADA }, fullDocument: user() })).document).toBeUndefined();
});

describe('a change is refused', () => {
  test.each([[null], [5], ['insert'], [[]], [true]])('if it is %j', (value) => {
    expect(readChange(value)).toMatchObject({ kind: 'refused', problem: { code: 'CHANGE_INVALID' } });
  });

  test.each([
    ['drop', 'OPERATION_UNKNOWN'],
    ['rename', 'OPERATION_UNKNOWN'],
    ['dropDatabase', 'OPERATION_UNKNOWN'],
    ['invalidate', 'OPERATION_UNKNOWN'],
    ['toString', 'OPERATION_UNKNOWN'],
    [undefined, 'CHANGE_INVALID'],
    [5, 'CHANGE_INVALID'],
  ])('if its operation is %s, with %s', (operationType, code) => {
    const reading = readChange({ ...insert(), operationType });
    expect(reading).toMatchObject({ kind: 'refused', problem: { code, path: 'operationType' } });
  });

  test.each([
    [{ coll: 'messages' }, 'COLLECTION_UNKNOWN'],
    [{ coll: 'Users' }, 'COLLECTION_UNKNOWN'],
    [{ coll: null }, 'CHANGE_INVALID'],
    [{}, 'CHANGE_INVALID'],
    [undefined, 'CHANGE_INVALID'],
    ['users', 'CHANGE_INVALID'],
  ])('if its namespace is %j, with %s', (ns, code) => {
    expect(readChange({ ...insert(), ns })).toMatchObject({ kind: 'refused', problem: { code, path: 'ns.coll' } });
  });

  test.each([
    ['it has no cluster time', without(insert(), 'clusterTime'), 'clusterTime'],
    ['its wall time is none', insert({ wallTime: 'soon' }), 'wallTime'],
    ['it has no document', without(insert(), 'fullDocument'), 'fullDocument'],
    ['its document is none', insert({ fullDocument: [] }), 'fullDocument'],
    ['it has no key', without(removal('users', ADA), 'documentKey'), 'documentKey._id'],
    ['its key is none', insert({ documentKey: { _id: 5 } }), 'documentKey._id'],
    ['its key is of another document', insert({ documentKey: { _id: { $oid: BOB } } }), 'documentKey._id'],
  ])('if %s', (_, document, path) => {
    expect(read(document).findings.map((finding) => finding.path)).toContain(path);
  });
});
