import { ListTablesCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, KinesisClient, ListStreamsCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { awsUnderTest } from '../emulated.ts';
import { removeLeftovers } from './leftovers.ts';

const aws = awsUnderTest('dynamodb');

describe.skipIf(aws.skipReason ?? aws.engine === 'AWS')('What a run leaves', () => {
  const dynamodb = new DynamoDBClient(aws.config);
  const kinesis = new KinesisClient(aws.config);
  const s3 = new S3Client(aws.config);
  const sns = new SNSClient(aws.config);
  const sqs = new SQSClient(aws.config);

  async function makeOneOfEach(name: string): Promise<void> {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
    await waitUntilStreamExists({ client: kinesis, maxWaitTime: 60, minDelay: 1 }, { StreamName: name });
    await sns.send(new CreateTopicCommand({ Name: name }));
    await sqs.send(new CreateQueueCommand({ QueueName: name }));
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    for (const Body of ['old', 'new']) await s3.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body }));
  }

  async function everyName(): Promise<string[]> {
    const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
    const { StreamNames = [] } = await kinesis.send(new ListStreamsCommand({}));
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    return [
      ...TableNames.map((name) => `table ${name}`),
      ...StreamNames.map((name) => `stream ${name}`),
      ...Topics.map(({ TopicArn }) => `topic ${TopicArn?.split(':').at(-1)}`),
      ...QueueUrls.map((url) => `queue ${url.split('/').at(-1)}`),
      ...Buckets.map(({ Name }) => `bucket ${Name}`),
    ];
  }

  test('is removed by its prefix, and nothing else is', async () => {
    const [ours, others] = [aws.newName(), aws.newName()];
    await makeOneOfEach(`${ours}-a`);
    await makeOneOfEach(others);
    expect(await removeLeftovers(aws.config, ours)).toEqual([]);
    const names = await everyName();
    expect(names.filter((name) => name.includes(ours))).toEqual([]);
    expect(names.filter((name) => name.includes(others))).toEqual(
      ['table', 'stream', 'topic', 'queue', 'bucket'].map((kind) => `${kind} ${others}`),
    );
    expect(await removeLeftovers(aws.config, others)).toEqual([]);
  });
});
