import { describe } from 'vitest';
import { randomRuns } from '../../../../ports/contracts/random-runs.ts';
import { handleAlone } from '../../../../testing/consumers/handle-alone.ts';
import { trackRelationships } from '../../../../consumers/track-relationships.ts';
import { relationshipReaderContract } from '../../../../ports/contracts/relationship-reader.contract.ts';
import {
  type RelationshipEngine,
  relationshipStoreContract,
} from '../../../../ports/contracts/relationship-store.contract.ts';
import { relationshipsModel } from '../../../../projections/relationships/relationships.model.ts';
import { awsUnderTest } from '../../../../testing/aws/emulated.ts';
import { createTable } from '../create-table.ts';
import { deleteTable } from '../../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../client.ts';
import { openDynamoRelationshipReader } from './reader.ts';
import { openDynamoRelationshipStore } from './store.ts';
import { openDynamoTable } from '../table.ts';

const aws = awsUnderTest('dynamodb');
const dynamo: RelationshipEngine = {
  name: `DynamoDB (${aws.engine})`,
  transactions: false,
  model: relationshipsModel,
  newPlace() {
    const place = aws.newName();
    return {
      place,
      async remove() {
        const client = openDynamoClient(aws.config);
        await deleteTable(client, place);
        client.close();
      },
    };
  },
  async open(place) {
    const client = openDynamoClient(aws.config);
    await createTable(client, place);
    const table = openDynamoTable(client, place);
    const store = openDynamoRelationshipStore(table);
    return {
      store,
      reader: openDynamoRelationshipReader(table),
      unit: { commit: async (write) => void (await write()), attempt: async (write) => await write() },
      handle: handleAlone(trackRelationships(store)),
      close: async () => client.close(),
    };
  },
};

describe.skipIf(aws.skipReason)('a table of DynamoDB', () => {
  relationshipStoreContract(dynamo, randomRuns(12));
  relationshipReaderContract(dynamo);
});
