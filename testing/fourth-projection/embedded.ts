import { openProjectionFile } from '../../adapters/embedded/projection/file.ts';
import type { EmbeddedProjection } from '../../apps/embedded/projection.ts';
import { type ActivityReader, countActivity } from './consumer.ts';
import { ACTIVITY_SCHEMA, openActivityReader, openActivityStore } from './store.ts';
import { ACTIVITY_VERSION } from './version.ts';

// It has no build, so a rebuild applies the events one by one.
export const embeddedActivity: EmbeddedProjection<ActivityReader> = {
  open(path) {
    const file = openProjectionFile({ path, version: ACTIVITY_VERSION, schema: ACTIVITY_SCHEMA });
    return { file, consumers: [countActivity(openActivityStore(file))] };
  },
  openReader: ({ path }) => openActivityReader(path),
  audit({ count, digest }) {
    digest('members', "SELECT concat_ws(' ', user_id, gone, user_name) FROM member ORDER BY user_id");
    digest('posts', "SELECT concat_ws(' ', yubl_id, author_id, deleted) FROM post ORDER BY yubl_id");
    return { members: count('SELECT count(*) FROM member WHERE gone = 0'), posts: count('SELECT count(*) FROM post') };
  },
  keys: [{ table: 'member', place: 'number', key: 'user_id', where: 'gone = 0' }],
  explainer: async () => ({ explain: (await import('./explaining.ts')).explainActivity }),
};
