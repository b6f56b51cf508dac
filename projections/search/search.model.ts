import type { EventEnvelope } from '../../events/envelope.ts';
import type { FeedItem } from '../../ports/feed-reader.ts';
import type { UserHit } from '../../ports/search-reader.ts';
import { usersIn } from '../users.model.ts';
import { foldName, foldWords, isSearchable } from './folded-text.ts';

/** The results of a search after these events, in whatever order they are given: computed by scanning all users and
 *  yubls. For tests. */
export function searchModel(events: readonly EventEnvelope[]) {
  const { users, gone } = usersIn(events);
  const people = [...users.values()].map(({ userId, userName, firstName, lastName }) => ({
    hit: { userId, userName, firstName, lastName },
    names: [userName, firstName, lastName].map((name) => foldName(name ?? '')).filter((name) => name !== ''),
  }));
  const deleted = new Set(events.map((event) => (event.type === 'yubl-deleted' ? event.data.yublId : '')));
  const yubls = new Map<string, FeedItem>();
  for (const event of events) {
    if (event.type !== 'yubl-posted' || deleted.has(event.data.yublId) || gone.has(event.data.authorId)) continue;
    yubls.set(event.data.yublId, { ...event.data, sequence: event.sequence });
  }

  return {
    users(text: string): UserHit[] {
      const typed = foldName(text);
      if (!isSearchable(typed)) return [];
      const [longest = '', ...words] = typed.split(' ').toSorted((a, b) => b.length - a.length || compare(a, b));
      const found = people.flatMap(({ hit, names }) => {
        const smallest = (prefix: string) => names.filter((name) => name.startsWith(prefix)).toSorted(compare)[0];
        const whole = smallest(typed);
        if (whole !== undefined) return [{ hit, group: 0, name: whole }];
        const name = smallest(longest);
        if (name === undefined || words.some((word) => smallest(word) === undefined)) return [];
        return [{ hit, group: 1, name }];
      });
      found.sort((a, b) => a.group - b.group || compare(a.name, b.name) || compare(a.hit.userId, b.hit.userId));
      return found.map(({ hit }) => hit);
    },
    yubls(text: string): FeedItem[] {
      const typed = foldWords(text);
      if (typed === '') return [];
      const found = [...yubls.values()].filter((yubl) => {
        const said = foldWords(yubl.text).split(' ');
        return typed.split(' ').every((word) => said.includes(word));
      });
      return found.toSorted((a, b) => compare(b.sequence, a.sequence) || compare(b.yublId, a.yublId));
    },
  };
}

/** By code points, as UTF-8 sorts. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
