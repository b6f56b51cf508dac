import type { EventEnvelope } from '../../events/envelope.ts';

interface Trending {
  readonly tag: string;
  readonly yubls: number;
}

/** The hashtags of each day, by looking at all yubls that are left: most used first, equal ones backwards by their
 *  bytes, as a list in descending order has them. */
export function trendingModel(events: readonly EventEnvelope[]): ReadonlyMap<string, readonly Trending[]> {
  const left = new Set(events.flatMap((event) => (event.type === 'user-left' ? [event.data.userId] : [])));
  const deletions = events.flatMap((event) => (event.type === 'yubl-deleted' ? [event] : []));
  const days = new Map<string, Map<string, number>>();
  for (const event of events) {
    if (event.type !== 'yubl-posted') continue;
    const { yublId, authorId, text, postedAt } = event.data;
    const isDeleted = deletions.some(({ data, sequence }) => data.yublId === yublId && sequence > event.sequence);
    if (left.has(authorId) || isDeleted) continue;
    const day = new Date(postedAt).toISOString().split('T')[0] ?? '';
    const tags = days.get(day) ?? new Map<string, number>();
    for (const tag of hashtags(text)) tags.set(tag, (tags.get(tag) ?? 0) + 1);
    days.set(day, tags);
  }
  return new Map([...days].map(([day, tags]) => [day, mostUsed(tags)]));
}

function mostUsed(tags: ReadonlyMap<string, number>): Trending[] {
  const all = [...tags].map(([tag, yubls]) => ({ tag, yubls }));
  return all.toSorted((a, b) => b.yubls - a.yubls || Buffer.compare(Buffer.from(b.tag), Buffer.from(a.tag)));
}

/** Character by character. */
function hashtags(text: string): ReadonlySet<string> {
  const tags = new Set<string>();
  const characters = [...text.normalize('NFC')];
  const isWord = (character = '') => /[\p{L}\p{M}\p{N}_]/u.test(character);
  for (let at = 0; at < characters.length; at += 1) {
    const before = characters[at - 1];
    if (characters[at] !== '#' || isWord(before) || before === '&' || before === '/') continue;
    let tag = '';
    while (isWord(characters[at + 1])) tag += characters[(at += 1)];
    const lower = tag.toLowerCase();
    if (/\p{L}/u.test(lower) && lower.length <= 64 && tags.size < 30) tags.add(lower);
  }
  return tags;
}
