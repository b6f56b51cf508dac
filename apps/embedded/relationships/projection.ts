import { auditRelationships } from '../../../adapters/embedded/relationships/audit.ts';
import { createRelationshipBuild } from '../../../adapters/embedded/relationships/build.ts';
import { RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from '../../../adapters/embedded/relationships/file.ts';
import { openSqliteRelationshipReader } from '../../../adapters/embedded/relationships/reader.ts';
import { openSqliteRelationshipStore } from '../../../adapters/embedded/relationships/store.ts';
import { openProjectionFile } from '../../../adapters/embedded/projection/file.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import type { RelationshipReader } from '../../../ports/relationship-reader.ts';
import type { EmbeddedProjection } from '../projection.ts';

export const embeddedRelationships: EmbeddedProjection<RelationshipReader> = {
  open(path) {
    const file = openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA });
    return { file, consumers: [trackRelationships(openSqliteRelationshipStore(file))] };
  },
  build() {
    const build = createRelationshipBuild();
    return { build, consumers: [trackRelationships(build)] };
  },
  openReader: ({ path }) => openSqliteRelationshipReader(path),
  audit: auditRelationships,
  keys: [{ table: 'user', place: 'number', key: 'user_id', where: 'state = 1' }],
  explainer: async () => ({ explain: (await import('./explaining.ts')).explainRelationships }),
};
