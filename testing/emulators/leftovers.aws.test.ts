import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { awsUnderTest } from '../aws/emulated.ts';
import { removeLeftovers } from './leftovers.ts';

const aws = awsUnderTest('dynamodb');

describe.skipIf(aws.skipReason ?? aws.engine === 'AWS')('What a run leaves', () => {
  const dynamodb = new DynamoDBClient(aws.config);
  const kinesis = new KinesisClient(aws.config);
  const s3 = new S3Client(aws.config);
  const sns = new SNSClient(aws.config);
  const sqs = new SQSClient(aws.config);

  const kinds = ['table', 'stream', 'topic', 'queue', 'bucket'];

  async function makeTable(TableName: string): Promise<void> {
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
  }

  /** Returns the topic's ARN. */
  async function makeOneOfEach(name: string): Promise<string> {
    await makeTable(name);
    await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
    await waitUntilStreamExists({ client: kinesis, maxWaitTime: 60, minDelay: 1 }, { StreamName: name });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    await sqs.send(new CreateQueueCommand({ QueueName: name }));
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    for (const Body of ['old', 'new']) await s3.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body }));
    return TopicArn;
  }

  // Requested by name: a listing shows the first hundred of all tests' topics.
  async function existingResources(name: string, topicArn: string): Promise<string[]> {
    const asking = {
      table: dynamodb.send(new DescribeTableCommand({ TableName: name })),
      stream: kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name })),
      topic: sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn })),
      queue: sqs.send(new GetQueueUrlCommand({ QueueName: name })),
      bucket: s3.send(new HeadBucketCommand({ Bucket: name })),
    };
    const answers = await Promise.all(Object.values(asking).map(isThere));
    return Object.keys(asking).filter((_, place) => answers[place]);
  }

  async function isThere(asked: Promise<unknown>): Promise<boolean> {
    try {
      await asked;
      return true;
    } catch (error) {
      if (error instanceof Error && /NotFound|DoesNotExist|NonExistent/.test(error.name)) return false;
      throw error;
    }
  }

  test('is removed by its prefix, and nothing else is', async () => {
    const [ours, others] = [aws.newName(), aws.newName()];
    const ourTopic = await makeOneOfEach(`${ours}-a`);
    const otherTopic = await makeOneOfEach(others);
    expect(await existingResources(`${ours}-a`, ourTopic)).toEqual(kinds);
    expect(await removeLeftovers(aws.config, ours)).toEqual([]);
    expect(await existingResources(`${ours}-a`, ourTopic)).toEqual([]);
    expect(await existingResources(others, otherTopic)).toEqual(kinds);
    expect(await removeLeftovers(aws.config, others)).toEqual([]);
  });

  test('is removed whole, however many pages a listing has', async () => {
    const ours = aws.newName();
    const names = Array.from({ length: 220 }, (_, number) => `${ours}-${number}`);
    for (const name of names) await makeTable(name);
    expect(await removeLeftovers(aws.config, ours)).toEqual([]);
    const left = names.map((TableName) => isThere(dynamodb.send(new DescribeTableCommand({ TableName }))));
    expect((await Promise.all(left)).filter(Boolean)).toEqual([]);
  });
});
