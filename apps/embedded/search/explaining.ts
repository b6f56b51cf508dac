import type { SearchReader } from '../../../ports/search-reader.ts';
import type { Explanation, Past } from '../../../replay/causes.ts';
import { allOf } from '../../../replay/compared-projections.ts';
import { explainFoundUser, explainFoundYubl } from '../../../replay/explain-search.ts';
import { userPast } from '../../../replay/explain-user.ts';
import type { Explainer } from '../projection.ts';

// A search for a document's own words has few hits, so an id behind this many is not looked for.
const HITS_LOOKED_AT = 10_000;
const QUERY_CHARACTERS_MAX = 500;
const NOTHING_FOUND = 'Nothing found: no name begins with this text, and no yubl contains all of these words.';

/** With the id of a user or a yubl: explains why it is found or not. With a text: explains its first hits. */
export const explainSearch: Explainer<SearchReader>['explain'] = async ({ reader, past }, question) => {
  const what = question.words.join(' ');
  if (/^[0-9a-f]{24}$/.test(what)) return { explanations: [await explainId(reader, past, what)] };
  const { limit } = question;
  const [users, yubls] = [await reader.users(what, { limit }), await reader.yubls(what, { limit })];
  const explanations: Explanation[] = [];
  for (const { userId } of users.items) {
    explanations.push(await explainFoundUser(past, { id: userId, there: true, query: what }));
  }
  for (const { yublId } of yubls.items) {
    explanations.push(await explainFoundYubl(past, { id: yublId, there: true, query: what }));
  }
  return explanations.length > 0 ? { explanations } : { explanations, note: NOTHING_FOUND };
};

async function explainId(reader: SearchReader, past: Past, id: string): Promise<Explanation> {
  const [posted] = await past.of(id, 'yubl-posted');
  const isYubl = (await past.of(id, 'yubl-posted', 'yubl-deleted')).length > 0;
  if (isYubl) {
    const text = (posted?.data.text ?? '').slice(0, QUERY_CHARACTERS_MAX);
    const hits = await allOf(reader.yubls, text, HITS_LOOKED_AT);
    return explainFoundYubl(past, { id, there: hits.some(({ yublId }) => yublId === id) });
  }
  const { user } = await userPast(past, id);
  const hits = await allOf(reader.users, user?.userName?.value ?? '', HITS_LOOKED_AT);
  return explainFoundUser(past, { id, there: hits.some(({ userId }) => userId === id) });
}
