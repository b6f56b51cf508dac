import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { deleteTable } from './table-removal.ts';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import type { AwsUnderTest } from './emulated.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

interface OwnTable {
  /** Closes this one and opens what the table has kept. */
  reopen(): Promise<this>;
  /** Closes it and removes the table. */
  remove(): Promise<void>;
}

/** What a contract suite needs, in a new table of its own. `open` gets the table as seen by one process, and by
 *  another. */
export async function inOwnTable<Subject extends object>(
  aws: AwsUnderTest,
  open: (table: DynamoTable, another: DynamoTable) => Subject,
): Promise<Subject & OwnTable> {
  const name = aws.newName();
  const client = openDynamoClient(aws.config);
  await createTable(client, name);
  client.close();
  return openNamed(aws, name, open);
}

function openNamed<Subject extends object>(
  aws: AwsUnderTest,
  name: string,
  open: (table: DynamoTable, another: DynamoTable) => Subject,
): Subject & OwnTable {
  const client = openDynamoClient(aws.config);
  const another = openDynamoClient(aws.config);
  const close = () => [client, another].forEach((each) => each.close());
  return {
    ...open(openDynamoTable(client, name), openDynamoTable(another, name)),
    async reopen() {
      close();
      return openNamed(aws, name, open);
    },
    async remove() {
      await deleteTable(client, name);
      close();
    },
  };
}
