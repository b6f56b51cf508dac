import type { EventEnvelope } from '../events/envelope.ts';
import type { Sequenced, UserRecord } from '../ports/user-record.ts';

type ProfileEvent = EventEnvelope<'user-joined' | 'user-profile-updated'>;

/** Returns the user after one more event, the same object if that changes nothing. Each field comes from the event with
 *  the highest sequence that states it, in any order of arrival. At equal sequences an update beats the joining, and of
 *  two updates the later arrival wins: a user's events keep their order. */
export function foldUserProfile(before: UserRecord | undefined, event: ProfileEvent): UserRecord {
  const user = before ?? { userId: event.data.userId };
  return event.type === 'user-joined' ? join(user, event) : update(user, event);
}

function join(user: UserRecord, { data, sequence }: EventEnvelope<'user-joined'>): UserRecord {
  const older = (field: Sequenced<unknown> | undefined) => field === undefined || field.sequence < sequence;
  const changes: UserRecord = {
    userId: user.userId,
    ...(older(user.joinedAt) && { joinedAt: { value: data.joinedAt, sequence } }),
    ...(older(user.userName) && { userName: { value: data.userName, sequence } }),
    ...(older(user.firstName) && { firstName: { value: data.firstName ?? null, sequence } }),
    ...(older(user.lastName) && { lastName: { value: data.lastName ?? null, sequence } }),
  };
  return changed(user, changes);
}

function update(user: UserRecord, { data, sequence }: EventEnvelope<'user-profile-updated'>): UserRecord {
  const wins = <Value>(field: Sequenced<Value> | undefined, value: Value | undefined): value is Value =>
    value !== undefined &&
    (field === undefined || field.sequence < sequence || (field.sequence === sequence && field.value !== value));
  const { userName, firstName, lastName } = data;
  const changes: UserRecord = {
    userId: user.userId,
    ...(wins(user.userName, userName) && { userName: { value: userName, sequence } }),
    ...(wins(user.firstName, firstName) && { firstName: { value: firstName, sequence } }),
    ...(wins(user.lastName, lastName) && { lastName: { value: lastName, sequence } }),
  };
  return changed(user, changes);
}

function changed(user: UserRecord, changes: UserRecord): UserRecord {
  return Object.keys(changes).length === 1 ? user : { ...user, ...changes };
}
