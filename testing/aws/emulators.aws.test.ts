import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Client } from '@opensearch-project/opensearch';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { describe, expect, test } from 'vitest';
import { awsUnderTest } from './emulated.ts';

// Verifies the basis of the other tests: each service keeps what it is given.

async function madeTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const create = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
  await client.send(create);
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
}

describe('MiniStack', () => {
  const dynamodb = awsUnderTest('dynamodb');
  test.skipIf(dynamodb.skipReason)('keeps an item in DynamoDB', async () => {
    const client = new DynamoDBClient(dynamodb.config);
    const TableName = dynamodb.newName();
    await madeTable(client, TableName);
    const item = { pk: { S: 'a' }, text: { S: 'Grüße 🦔' } };
    await client.send(new PutItemCommand({ TableName, Item: item }));
    const read = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } }, ConsistentRead: true }));
    expect(read.Item).toEqual(item);
    client.destroy();
  });

  test.skipIf(dynamodb.skipReason)('stores what it acknowledges to several writers of one item', async () => {
    const client = new DynamoDBClient(dynamodb.config);
    const TableName = dynamodb.newName();
    await madeTable(client, TableName);
    const list = { L: Array.from({ length: 50 }, () => ({ S: 'some text' })) };
    // A server that restores a whole table when a transaction is cancelled takes longer with these.
    for (let index = 0; index < 40; index += 1) {
      await client.send(new PutItemCommand({ TableName, Item: { pk: { S: `other ${index}` }, list } }));
    }
    const Key = { pk: { S: 'a' } };
    const [writers, each] = [5, 6];
    const valueOf = async (pk: string) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }),
      );
      return Number(Item?.['v']?.N ?? 0);
    };
    const writer = async () => {
      for (let acknowledged = 0; acknowledged < each;) {
        const v = await valueOf('a');
        const Put = {
          TableName,
          Item: { ...Key, v: { N: String(v + 1) } },
          ConditionExpression: v === 0 ? 'attribute_not_exists(pk)' : 'v = :v',
          ...(v === 0 ? {} : { ExpressionAttributeValues: { ':v': { N: String(v) } } }),
        };
        const Update = {
          TableName,
          Key: { pk: { S: 'sum' } },
          UpdateExpression: 'ADD v :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        };
        const cancelled = (error: unknown) => {
          if ((error as Error).name !== 'TransactionCanceledException') throw error;
          return undefined;
        };
        const answer = await client
          .send(new TransactWriteItemsCommand({ TransactItems: [{ Update }, { Put }] }))
          .catch(cancelled);
        if (answer !== undefined) acknowledged += 1;
      }
    };
    await Promise.all(Array.from({ length: writers }, writer));
    expect([await valueOf('a'), await valueOf('sum')]).toEqual([writers * each, writers * each]);
    client.destroy();
  });

  const sns = awsUnderTest('sns');
  const sqs = awsUnderTest('sqs');
  test.skipIf(sns.skipReason ?? sqs.skipReason)('carries a message from SNS to SQS', async () => {
    const [topics, queues] = [new SNSClient(sns.config), new SQSClient(sqs.config)];
    const { TopicArn } = await topics.send(new CreateTopicCommand({ Name: sns.newName() }));
    const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: sqs.newName() }));
    const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const Endpoint = Attributes?.['QueueArn'];
    await topics.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
    );
    await topics.send(new PublishCommand({ TopicArn, Message: 'hello' }));
    const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['hello']);
    topics.destroy();
    queues.destroy();
  });

  const s3 = awsUnderTest('s3');
  test.skipIf(s3.skipReason)('keeps an object in S3', async () => {
    const client = new S3Client(s3.config);
    const Bucket = s3.newName();
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'hello' }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b' }));
    expect(await Body?.transformToString()).toBe('hello');
    client.destroy();
  });
});

describe.each(['ministack', 'kinesalite'] as const)('%s', (emulator) => {
  const kinesis = awsUnderTest('kinesis', emulator);
  test.skipIf(kinesis.skipReason)('keeps the records of a shard in Kinesis in order', async () => {
    const client = new KinesisClient({ ...kinesis.config, requestHandler: new NodeHttpHandler() });
    const StreamName = kinesis.newName();
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await waitUntilStreamExists({ client, maxWaitTime: 60, minDelay: 1 }, { StreamName });
    const texts = Array.from({ length: 20 }, (_, index) => `record ${index}`);
    await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: texts.map((text) => ({ PartitionKey: text, Data: Buffer.from(text) })),
      }),
    );
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
    const ShardId = Shards[0]?.ShardId;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records.map(({ Data }) => Buffer.from(Data ?? []).toString())).toEqual(texts);
    client.destroy();
  });
});

const opensearch = awsUnderTest('opensearch');
test.skipIf(opensearch.skipReason)('OpenSearch keeps the newer of two versions', async () => {
  const client = new Client({ node: opensearch.config.endpoint ?? '' });
  const index = opensearch.newName();
  const put = (version: number) =>
    client.index({ index, id: 'a', body: { version }, version, version_type: 'external', refresh: true });
  await put(2);
  await expect(put(1)).rejects.toMatchObject({ statusCode: 409 });
  const { body } = await client.search({ index });
  expect(body.hits.hits.map(({ _source }) => _source)).toEqual([{ version: 2 }]);
  await client.close();
});
