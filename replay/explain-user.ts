import type { RecordedEvent } from '../events/envelope.ts';
import type { UserRecord } from '../ports/user-record.ts';
import { foldUserProfile } from '../projections/user-profile.ts';
import { causeOf, happened, type Explanation, type Past } from './causes.ts';
import { leaving, notApplied } from './explain-edge.ts';

type ProfileEvent = RecordedEvent<'user-joined' | 'user-profile-updated'>;

/** Why a user is known, or not: when they joined and which event set which of their names. */
export async function explainUser(past: Past, userId: string, there: boolean): Promise<Explanation> {
  const { events, setBy } = await userPast(past, userId);
  const left = await leaving(past, userId);
  const absent = (reason: string, because: string, causes: readonly RecordedEvent[]): Explanation => ({
    id: userId,
    there,
    reason,
    because: `not known: ${because}`,
    asTheLogSays: !there,
    events: causes.map(causeOf),
  });
  if (left !== undefined) return absent('left', happened('the user left', left), [left]);
  const joined = setBy.get('joinedAt');
  if (joined === undefined) return absent('never-joined', 'the log contains no event that they joined', events);
  const says = [...setBy].map(([field, event]) => `${field} at position ${event.position}`).join(', ');
  const why = `${happened('joined', joined)}; ${says}`;
  return {
    id: userId,
    there,
    reason: there ? 'joined' : 'not-applied',
    because: there ? `known: ${why}` : notApplied(why),
    asTheLogSays: there,
    events: [...new Set(setBy.values())].toSorted((a, b) => a.position - b.position).map(causeOf),
  };
}

/** A user as the projections fold it, and the event that set each field. */
export async function userPast(past: Past, userId: string) {
  const events = await past.of(userId, 'user-joined', 'user-profile-updated');
  const setBy = new Map<(typeof FIELDS)[number], ProfileEvent>();
  let user: UserRecord | undefined;
  for (const event of events) {
    const after = foldUserProfile(user, event);
    for (const field of FIELDS) if (after[field] !== user?.[field]) setBy.set(field, event);
    user = after;
  }
  return { events, user, setBy };
}

const FIELDS = ['joinedAt', 'userName', 'firstName', 'lastName'] as const;
