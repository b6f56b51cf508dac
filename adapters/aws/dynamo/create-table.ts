import {
  CreateTableCommand,
  type GlobalSecondaryIndex,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { unless } from '../expected-failure.ts';
import type { DynamoClient } from './client.ts';
import { indexKeys } from './dynamo-table.ts';

const WAIT = { maxWaitTime: 120, minDelay: 0.2, maxDelay: 3 };

export interface CreateTableOptions {
  /** The attribute with the expiry of an item, in seconds since 1970. Without it items never expire. */
  readonly expiresAt?: string;
  /** The number of its indexes: see `indexKeys`. Default: none. */
  readonly indexes?: number;
}

/** Creates a table for `openDynamoTable`, paid per request. Resolves once it can be used, also if it existed before. */
export async function createTable(
  { documents }: DynamoClient,
  TableName: string,
  { expiresAt, indexes = 0 }: CreateTableOptions = {},
): Promise<void> {
  const keys = Array.from({ length: indexes }, (_, index) => indexKeys(index));
  const create = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: ['pk', 'sk', ...keys.flatMap(({ partition, sort }) => [partition, sort])].map(
      (AttributeName) => ({ AttributeName, AttributeType: 'S' }),
    ),
    ...(keys.length > 0 && { GlobalSecondaryIndexes: keys.map(globalIndex) }),
  });
  await documents.send(create).catch(unless('ResourceInUseException'));
  await waitUntilTableExists({ client: documents, ...WAIT }, { TableName });
  if (expiresAt === undefined) return;
  const TimeToLiveSpecification = { AttributeName: expiresAt, Enabled: true };
  // The error if it was enabled before.
  await documents
    .send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
    .catch(unless('ValidationException'));
}

function globalIndex({ name, partition, sort }: ReturnType<typeof indexKeys>): GlobalSecondaryIndex {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: partition, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'ALL' },
  };
}
