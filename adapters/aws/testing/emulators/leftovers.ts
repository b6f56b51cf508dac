import { DeleteTableCommand, DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { DeleteStreamCommand, KinesisClient, paginateListStreams } from '@aws-sdk/client-kinesis';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';

export interface ClientConfig {
  readonly endpoint?: string;
  readonly region: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Removes everything whose name begins with a prefix: tables, streams, topics, queues, and buckets with what is in them.
 *  Returns a line about each that could not be removed. */
export async function removeLeftovers(config: ClientConfig, prefix: string): Promise<string[]> {
  const services = [removeTables, removeStreams, removeTopics, removeQueues, removeBuckets];
  const results = await Promise.all(
    services.map(async (remove) => {
      const left: string[] = [];
      const each: RemoveEach = async (name, removal) => {
        if (name.startsWith(prefix)) await removal().catch((error: unknown) => left.push(`${name}: ${String(error)}`));
      };
      await remove(config, prefix, each).catch((error: unknown) => left.push(`${remove.name}: ${String(error)}`));
      return left;
    }),
  );
  return results.flat();
}

type RemoveEach = (name: string, removal: () => Promise<unknown>) => Promise<void>;

async function removeTables(config: ClientConfig, _prefix: string, each: RemoveEach): Promise<void> {
  const client = new DynamoDBClient(config);
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames) await each(TableName, () => client.send(new DeleteTableCommand({ TableName })));
  }
  client.destroy();
}

async function removeStreams(config: ClientConfig, _prefix: string, each: RemoveEach): Promise<void> {
  const client = new KinesisClient(config);
  const names: string[] = [];
  for await (const { StreamNames = [] } of paginateListStreams({ client }, {})) names.push(...StreamNames);
  for (const StreamName of names) {
    await each(StreamName, () => client.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true })));
  }
  client.destroy();
}

// A topic's subscriptions go with it.
async function removeTopics(config: ClientConfig, _prefix: string, each: RemoveEach): Promise<void> {
  const client = new SNSClient(config);
  for await (const { Topics = [] } of paginateListTopics({ client }, {})) {
    for (const { TopicArn = '' } of Topics) {
      await each(TopicArn.split(':').at(-1) ?? '', () => client.send(new DeleteTopicCommand({ TopicArn })));
    }
  }
  client.destroy();
}

async function removeQueues(config: ClientConfig, QueueNamePrefix: string, each: RemoveEach): Promise<void> {
  const client = new SQSClient(config);
  for await (const { QueueUrls = [] } of paginateListQueues({ client }, { QueueNamePrefix })) {
    for (const QueueUrl of QueueUrls) {
      await each(QueueUrl.split('/').at(-1) ?? '', () => client.send(new DeleteQueueCommand({ QueueUrl })));
    }
  }
  client.destroy();
}

async function removeBuckets(config: ClientConfig, Prefix: string, each: RemoveEach): Promise<void> {
  const client = new S3Client(config);
  const { Buckets = [] } = await client.send(new ListBucketsCommand({ Prefix }));
  for (const { Name: Bucket = '' } of Buckets) {
    await each(Bucket, async () => {
      await emptyBucket(client, Bucket);
      await client.send(new DeleteBucketCommand({ Bucket }));
    });
  }
  client.destroy();
}

async function emptyBucket(client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.slice(0, 1000), Quiet: true } }),
    );
    if (Errors.length > 0) throw new Error(`${Errors[0]?.Key ?? ''} stays: ${Errors[0]?.Code ?? ''}`);
  }
}
