import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import type { EventData } from '../events/catalog.ts';
import { defined } from '../events/defined.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { sequenceOf } from '../events/sequence.ts';
import { arrivals, recordedEvent } from '../ports/contracts/histories.ts';
import type { UserRecord } from '../ports/user-record.ts';
import { foldUserProfile } from './user-profile.ts';

type ProfileEvent = RecordedEvent<'user-joined' | 'user-profile-updated'>;
type Changes = Omit<EventData<'user-profile-updated'>, 'userId'>;

const userId = '1'.repeat(24);
const at = (second: number) => ({ sequence: sequenceOf(second, 1) });
const joined = (second: number, firstName?: string) =>
  recordedEvent('user-joined', { userId, userName: 'ada', joinedAt: 'then', ...defined({ firstName }) }, at(second));
const updated = (second: number, changes: Changes) =>
  recordedEvent('user-profile-updated', { userId, ...changes }, at(second));

function foldAll(events: readonly ProfileEvent[]): UserRecord | undefined {
  return events.reduce<UserRecord | undefined>((user, event) => foldUserProfile(user, event), undefined);
}

function valuesOf(user: UserRecord | undefined) {
  return [user?.joinedAt?.value, user?.userName?.value, user?.firstName?.value, user?.lastName?.value];
}

const names = fc.record(
  {
    userName: fc.constantFrom('x', 'y'),
    firstName: fc.constantFrom('x', 'y', null),
    lastName: fc.constantFrom('x', null),
  },
  { requiredKeys: [] },
);
const histories: fc.Arbitrary<ProfileEvent[]> = fc
  .tuple(fc.array(names, { maxLength: 8 }), fc.option(fc.nat({ max: 8 })))
  .map(([changes, joinsAt]) => {
    const events: ProfileEvent[] = changes.map((change, second) => updated(second, change));
    if (joinsAt !== null && joinsAt < events.length) events[joinsAt] = joined(joinsAt, 'Ada');
    return events;
  });

describe('a user', () => {
  it('is the same for the same events in any order, told once or more often', () => {
    const arriving = histories.chain((history) => fc.tuple(fc.constant(history), arrivals(history)));
    fc.assert(
      fc.property(arriving, ([history, arrived]) => {
        expect(foldAll(arrived as ProfileEvent[])).toEqual(foldAll(history));
      }),
      { numRuns: randomRuns(500) },
    );
  });

  it('has only the user name if they joined without other names', () => {
    expect(valuesOf(foldAll([joined(1)]))).toEqual(['then', 'ada', null, null]);
  });

  it('keeps what an update does not name, and loses what it names as null', () => {
    const user = foldAll([joined(1, 'Ada'), updated(2, { lastName: 'Lovelace' }), updated(3, { firstName: null })]);
    expect(valuesOf(user)).toEqual(['then', 'ada', null, 'Lovelace']);
  });

  it('has not joined by an update alone', () => {
    expect(foldAll([updated(2, { userName: 'x' })])).toEqual({ userId, userName: { value: 'x', ...at(2) } });
  });

  it('keeps an update that arrives before they joined', () => {
    expect(valuesOf(foldAll([updated(2, { firstName: 'Augusta' }), joined(1, 'Ada')]))[2]).toBe('Augusta');
  });

  it('prefers the update if they joined in the same transaction, in either order', () => {
    expect(valuesOf(foldAll([joined(1, 'Ada'), updated(1, { firstName: 'Augusta' })]))[2]).toBe('Augusta');
    expect(valuesOf(foldAll([updated(1, { firstName: 'Augusta' }), joined(1, 'Ada')]))[2]).toBe('Augusta');
  });

  it('goes by the later of two updates of one transaction', () => {
    expect(valuesOf(foldAll([updated(1, { firstName: 'x' }), updated(1, { firstName: 'a' })]))[2]).toBe('a');
  });

  it('is the same object when an event changes nothing', () => {
    const user = foldAll([joined(1, 'Ada'), updated(5, { userName: 'x', firstName: 'y', lastName: 'z' })]);
    for (const late of [
      joined(1, 'Ada'),
      updated(4, { userName: 'a' }),
      updated(5, { lastName: 'z' }),
      updated(9, {}),
    ]) {
      expect(user && foldUserProfile(user, late)).toBe(user);
    }
  });
});
