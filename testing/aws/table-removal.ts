import { DeleteTableCommand, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import type { DynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { unless } from '../../adapters/aws/expected-failure.ts';

const WAIT = { maxWaitTime: 120, minDelay: 0.2, maxDelay: 3 };

/** Resolves once the table is gone, also if it never existed. */
export async function deleteTable({ documents }: DynamoClient, TableName: string): Promise<void> {
  await documents.send(new DeleteTableCommand({ TableName })).catch(unless('ResourceNotFoundException'));
  await waitUntilTableNotExists({ client: documents, ...WAIT }, { TableName });
}
