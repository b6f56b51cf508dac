import { DeleteTableCommand, DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { DeleteStreamCommand, KinesisClient, paginateListStreams } from '@aws-sdk/client-kinesis';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  paginateListBuckets,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';

export interface ClientConfig {
  readonly endpoint?: string;
  readonly region: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Removes everything whose name begins with a prefix: tables, streams, topics, queues, and buckets with their
 *  contents. Returns a line about each that could not be removed. */
export async function removeLeftovers(config: ClientConfig, prefix: string): Promise<string[]> {
  const services = { tables, streams, topics, queues, buckets };
  const results = await Promise.all(
    Object.entries(services).map(async ([kind, service]) => {
      const left: string[] = [];
      try {
        for (const [name, remove] of await namedBy(service(config, prefix))) {
          if (name.startsWith(prefix)) await remove().catch((error: unknown) => left.push(`${name}: ${String(error)}`));
        }
      } catch (error) {
        left.push(`${kind}: ${String(error)}`);
      }
      return left;
    }),
  );
  return results.flat();
}

type Removal = () => Promise<unknown>;
type Leftovers = AsyncIterable<readonly [name: string, remove: Removal]>;

// All are listed before the first is removed, because the start of a page depends on the end of the page before.
async function namedBy(leftovers: Leftovers): Promise<readonly (readonly [string, Removal])[]> {
  const all: (readonly [string, Removal])[] = [];
  for await (const leftover of leftovers) all.push(leftover);
  return all;
}

async function* tables(config: ClientConfig): Leftovers {
  const client = new DynamoDBClient(config);
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames) yield [TableName, () => client.send(new DeleteTableCommand({ TableName }))];
  }
}

async function* streams(config: ClientConfig): Leftovers {
  const client = new KinesisClient(config);
  for await (const { StreamNames = [] } of paginateListStreams({ client }, {})) {
    for (const StreamName of StreamNames) {
      const removal = { StreamName, EnforceConsumerDeletion: true };
      yield [StreamName, () => client.send(new DeleteStreamCommand(removal))];
    }
  }
}

// A topic's subscriptions are removed with it.
async function* topics(config: ClientConfig): Leftovers {
  const client = new SNSClient(config);
  for await (const { Topics = [] } of paginateListTopics({ client }, {})) {
    for (const { TopicArn = '' } of Topics) {
      yield [TopicArn.split(':').at(-1) ?? '', () => client.send(new DeleteTopicCommand({ TopicArn }))];
    }
  }
}

async function* queues(config: ClientConfig, QueueNamePrefix: string): Leftovers {
  const client = new SQSClient(config);
  for await (const { QueueUrls = [] } of paginateListQueues({ client }, { QueueNamePrefix })) {
    for (const QueueUrl of QueueUrls) {
      yield [QueueUrl.split('/').at(-1) ?? '', () => client.send(new DeleteQueueCommand({ QueueUrl }))];
    }
  }
}

async function* buckets(config: ClientConfig, Prefix: string): Leftovers {
  const client = new S3Client(config);
  for await (const { Buckets = [] } of paginateListBuckets({ client }, { Prefix })) {
    for (const { Name: Bucket = '' } of Buckets) {
      yield [
        Bucket,
        async () => {
          await emptyBucket(client, Bucket);
          await client.send(new DeleteBucketCommand({ Bucket }));
        },
      ];
    }
  }
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
