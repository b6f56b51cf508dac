import { indexSearch } from '../../../consumers/index-search.ts';
import { searchConsumers } from '../functions/index-search.ts';
import { units } from '../prices/prices-per-million.ts';
import type { AwsProjection } from '../projection.ts';
import { openSearchEngine } from '../search-engine.ts';

export const awsSearch: AwsProjection = {
  streamConsumers: (aws) => searchConsumers(aws, openSearchEngine(aws)),
  rebuildConsumers: (aws, table, version) => [indexSearch(openSearchEngine(aws).index(version, table))],
  async create(aws, version) {
    if (aws.settings.search !== undefined) await openSearchEngine(aws).create(version);
  },
  units: {
    'user-joined': units(1, 1, 2),
    'user-profile-updated': units(1, 1, 2),
    'user-left': units(1, 2, 3),
    'yubl-posted': units(2, 1, 3),
    'yubl-deleted': units(2, 1, 3),
  },
};
