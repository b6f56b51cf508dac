import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { trackRelationships } from '../../../consumers/track-relationships.ts';
import { relationshipReaderContract } from '../../../ports/contracts/relationship-reader.contract.ts';
import {
  type RelationshipEngine,
  relationshipStoreContract,
} from '../../../ports/contracts/relationship-store.contract.ts';
import { relationshipsModel } from '../../../projections/relationships/relationships.model.ts';
import { openProjectionFile } from '../projection/file.ts';
import { RELATIONSHIP_SCHEMA, RELATIONSHIP_VERSION } from './file.ts';
import { openSqliteRelationshipReader } from './reader.ts';
import { openSqliteRelationshipStore } from './store.ts';

const sqlite: RelationshipEngine = {
  name: 'SQLite',
  transactions: true,
  model: relationshipsModel,
  newPlace() {
    const folder = mkdtempSync(join(tmpdir(), 'figtree-relationships-'));
    return { place: join(folder, 'relationships.db'), remove: () => rmSync(folder, { recursive: true }) };
  },
  async open(path) {
    const file = openProjectionFile({ path, version: RELATIONSHIP_VERSION, schema: RELATIONSHIP_SCHEMA });
    const store = openSqliteRelationshipStore(file);
    const reader = openSqliteRelationshipReader(path);
    return {
      store,
      reader,
      unit: file,
      handle: handleAlone(trackRelationships(store)),
      async close() {
        reader.close();
        file.close();
      },
    };
  },
};

relationshipStoreContract(sqlite);
relationshipReaderContract(sqlite);
