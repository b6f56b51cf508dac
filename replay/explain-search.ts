import type { RecordedEvent } from '../events/envelope.ts';
import { foldName, foldWords, typedWords } from '../projections/search/folded-text.ts';
import { causeOf, happened, type Explanation, type Past } from './causes.ts';
import { leaving, notApplied } from './explain-edge.ts';
import { explainUser, userPast } from './explain-user.ts';

export interface SearchHit {
  readonly id: string;
  /** Whether the index finds it. */
  readonly there: boolean;
  /** Absent: it is searched for by its own words. */
  readonly query?: string;
}

/** Why a yubl is found, or not. */
export async function explainFoundYubl(past: Past, { id, there, query }: SearchHit): Promise<Explanation> {
  const events = await past.of(id, 'yubl-posted', 'yubl-deleted');
  const posted = events.find((event) => event.type === 'yubl-posted');
  const deleted = events.find((event) => event.type === 'yubl-deleted');
  const absent = (reason: string, because: string, ...causes: (RecordedEvent | undefined)[]): Explanation => ({
    id,
    there,
    reason,
    because: `not found: ${because}`,
    asTheLogSays: !there,
    events: causes.filter((event) => event !== undefined).map(causeOf),
  });
  if (deleted !== undefined) return absent('deleted', happened('deleted', deleted), posted, deleted);
  if (posted === undefined) return absent('never-posted', 'the log contains no such yubl');
  const authorLeft = await leaving(past, posted.data.authorId);
  if (authorLeft) return absent('author-left', happened('its author left', authorLeft), posted, authorLeft);
  const words = new Set(foldWords(posted.data.text).split(' '));
  const asked = typedWords(query ?? posted.data.text);
  if (asked.length === 0) return absent('no-words', 'there is no word to search for', posted);
  const missing = asked.filter((word) => !words.has(word));
  if (missing.length > 0) {
    return absent(
      'other-words',
      `posted, but its text contains only ${asked.length - missing.length} of ${asked.length} words`,
      posted,
    );
  }
  const why = `${happened('posted', posted)}, and its text contains every word`;
  return {
    id,
    there,
    reason: there ? 'posted' : 'not-applied',
    because: there ? `found: ${why}` : notApplied(why),
    asTheLogSays: there,
    events: [causeOf(posted)],
  };
}

const NAMES = ['userName', 'firstName', 'lastName'] as const;

/** Why a user is found, or not. */
export async function explainFoundUser(past: Past, { id, there, query }: SearchHit): Promise<Explanation> {
  const known = await explainUser(past, id, there);
  if (query === undefined || (known.reason !== 'joined' && known.reason !== 'not-applied')) return known;
  const { user, setBy } = await userPast(past, id);
  const names = NAMES.map((field) => ({ field, name: foldName(user?.[field]?.value ?? ''), event: setBy.get(field) }));
  const prefix = foldName(query);
  const whole = names.filter(({ name }) => name.startsWith(prefix));
  const byWord = prefix.split(' ').map((word) => names.filter(({ name }) => name.startsWith(word)));
  const matching = whole.length > 0 ? whole : byWord.every(({ length }) => length > 0) ? byWord.flat() : [];
  if (matching.length === 0) {
    return {
      ...known,
      reason: 'other-names',
      because: 'not found: none of their names begins with this text',
      asTheLogSays: !there,
    };
  }
  const fields = [...new Set(matching.map(({ field, event }) => `${field} at position ${event?.position}`))].join(', ');
  const why = `begins with this text: ${fields}`;
  return { ...known, because: there ? `found: ${why}` : notApplied(why), asTheLogSays: there };
}
