import { auditSearchTable, type Findable } from '../../../adapters/aws/search/audit.ts';
import { readUserItem, readYublItem, userKey, yublKey } from '../../../adapters/aws/search/search-documents.ts';
import type { Item } from '../../../adapters/aws/dynamo/item.ts';
import type { SearchIndexReader } from '../../../ports/search-index-reader.ts';
import { constantBackoff } from '../../../resilience/backoff.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import { defined } from '../../../events/defined.ts';
import { indexSearch } from '../../../consumers/index-search.ts';
import { searchConsumers } from '../functions/index-search.ts';
import { units } from '../prices/units.ts';
import type { AwsProjection } from '../projection.ts';
import { openSearchReader } from '../functions/search-api.ts';
import { openSearchEngine, type SearchEngine } from '../search-engine.ts';

export const awsSearch: AwsProjection = {
  streamConsumers: (aws) => searchConsumers(aws, openSearchEngine(aws)),
  rebuildConsumers: (aws, table, version) => [indexSearch(openSearchEngine(aws).index(version, table))],
  async create(aws, version) {
    if (aws.settings.search !== undefined) await openSearchEngine(aws).create(version);
  },
  openReader: (aws, version) => openSearchReader(aws, version),
  keys: {
    filter: {
      expression: 'sk = :user AND attribute_exists(#user) OR sk = :yubl AND attribute_not_exists(gone)',
      names: { '#user': 'user' },
      values: { ':user': userKey('').sk, ':yubl': yublKey('').sk },
    },
    keyOf: textOf,
  },
  audit({ aws, table, version }, options) {
    const engine = openSearchEngine(aws);
    const isFound = isQueued(engine) ? undefined : finder(engine.reader(version, table));
    return auditSearchTable(table, { ...options, seed: version, ...defined({ isFound }) });
  },
  incomparable: (aws) =>
    isQueued(openSearchEngine(aws))
      ? 'all versions share one CloudSearch domain, which is sent the documents of the live one'
      : undefined,
  units: () => ({
    'user-joined': units(1, 1, 2),
    'user-profile-updated': units(1, 1, 2),
    'user-left': units(1, 2, 3),
    'yubl-posted': units(2, 1, 3),
    'yubl-deleted': units(2, 1, 3),
  }),
};

/** CloudSearch is sent the documents of the live version, in batches ten seconds apart. */
function isQueued({ drain }: SearchEngine): boolean {
  return drain !== undefined;
}

/** A user's name, or the text of a yubl. */
function textOf(item: Item): string {
  if (item.sk === yublKey('').sk) return readYublItem('', item).yubl?.text ?? '';
  return readUserItem('', item).user?.userName?.value ?? '';
}

const HITS = 100;
const WORDS = 5;
// OpenSearch shows a document a second after it was written, or some more.
const SHOWN = { ...constantBackoff(1000), attemptsMax: 15 };

/** Whether the engine finds a document by what it says. With many hits that may be undecided, which counts as found. */
function finder(reader: SearchIndexReader): (wanted: Findable) => Promise<boolean> {
  async function isFound({ kind, id, text }: Findable): Promise<boolean> {
    const page =
      kind === 'user'
        ? await reader.users({ prefix: text, words: [] }, { limit: HITS })
        : await reader.yubls(text.split(' ').slice(0, WORDS), { limit: HITS });
    return page.next !== undefined || page.items.some((hit) => ('yublId' in hit ? hit.yublId : hit.userId) === id);
  }
  return async (wanted) => {
    const attempts = startAttempts(SHOWN);
    do {
      if (await isFound(wanted)) return true;
    } while (await attempts.again());
    return false;
  };
}
