import type { SearchIndex } from '../ports/search-index.ts';
import {
  addIndexedYubl,
  changeIndexedUser,
  removeIndexedUser,
  removeIndexedYubl,
} from '../projections/search/search-changes.ts';
import type { Consumer } from './runtime/consumer.ts';

/** Keeps the search index of users and yubls. */
export function indexSearch(index: SearchIndex): Consumer {
  return {
    name: 'index-search',
    on: {
      'user-joined': (event) => changeIndexedUser(index, event),
      'user-profile-updated': (event) => changeIndexedUser(index, event),
      'user-left': (event) => removeIndexedUser(index, event),
      'yubl-posted': (event) => addIndexedYubl(index, event),
      'yubl-deleted': (event) => removeIndexedYubl(index, event),
    },
  };
}
