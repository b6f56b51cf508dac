import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  type _Record,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { defined } from '../../events/defined.ts';
import type { AwsUnderTest } from '../../testing/aws/emulated.ts';
import { driveStream, type KinesisEvent } from '../../testing/aws/event-source-mapping.ts';
import { addToFeedFunction } from '../../apps/aws/functions/add-to-feed.ts';
import { distributeYublFunction } from '../../apps/aws/functions/distribute-yubl.ts';
import { openFeeds } from '../../apps/aws/functions/get-feed.ts';
import { indexSearchFunction } from '../../apps/aws/functions/index-search.ts';
import { ingestFunction } from '../../apps/aws/functions/ingest.ts';
import { openRelationships } from '../../apps/aws/functions/relationship-api.ts';
import { openSearch } from '../../apps/aws/functions/search-api.ts';
import { tableStreamFunction } from '../../apps/aws/functions/table-stream.ts';
import { trackRelationshipsFunction } from '../../apps/aws/functions/track-relationships.ts';
import { install } from '../../testing/aws-engine/installing.ts';
import { type AwsEndpoint, type AwsResources, openAwsResources } from '../../apps/aws/resources.ts';
import type { AwsSettings } from '../../apps/aws/settings.ts';
import { openLogger } from '../../apps/logger.ts';
import { tableProjections } from '../../apps/projections/registry.ts';
import type { Readers } from '../answers.ts';

export interface AwsPlace {
  /** For everything but the search engine. */
  readonly aws: AwsUnderTest;
  readonly opensearch: AwsUnderTest;
  /** The target of the functions' requests, if not the emulator itself. */
  readonly endpoint?: string;
  readonly settings?: Partial<AwsSettings>;
  readonly shards?: number;
  readonly log?: AwsResources['log'];
}

/** An installation on emulators, whose functions are invoked as Lambda would: batches of each shard to each function by
 *  the rules of an event source mapping, messages of the queue to add-to-feed. */
export interface AwsEngine {
  readonly aws: AwsResources;
  readonly readers: Readers;
  /** Through the ingest function. Returns its status and report. */
  post(
    path: string,
    body: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: never }>;
  /** Waits until every function has received everything in the stream and the queue. Returns the number of records. */
  drain(options?: DrainOptions): Promise<number>;
  close(): Promise<void>;
}

export interface DrainOptions {
  /** In [0, 1). */
  readonly random?: () => number;
  /** The share of batches and messages that are delivered again although they were done. */
  readonly againShare?: number;
  readonly batchSize?: number;
  readonly functionTimeoutMs?: number;
}

const MESSAGES_AT_ONCE = 10;
const IDLE_ROUNDS = 2;

export async function openAwsEngine(place: AwsPlace): Promise<AwsEngine> {
  const { aws, installer, straight, fanOutQueueUrl } = await openInstallation(place);
  const streamFunctions = [
    distributeYublFunction(aws),
    trackRelationshipsFunction(aws),
    indexSearchFunction(aws),
    ...(await Promise.all(tableProjections.map((each) => tableStreamFunction(aws, each)))),
  ];
  const addToFeed = addToFeedFunction(aws);
  const ingest = ingestFunction(aws);
  const stream = openStreamTail(straight, aws.settings.stream);
  const queue = openQueue(straight, fanOutQueueUrl);
  return {
    aws,
    readers: { feeds: openFeeds(aws), relationships: openRelationships(aws), search: openSearch(aws) },
    async post(path, body, headers = {}) {
      const answer = await ingest(posted(path, body, headers));
      return { status: answer.statusCode, body: JSON.parse(answer.body) as never };
    },
    async drain(options = {}) {
      const { random = Math.random, againShare = 0, batchSize = 100, functionTimeoutMs } = options;
      const generation = await stream.read();
      const again = () => random() < againShare;
      const mapping = { batchSize, ...defined({ functionTimeoutMs }) };
      const settings = { bisectBatchOnFunctionError: true, ...mapping };
      await Promise.all(
        streamFunctions.map((handle) => {
          const invoke = (event: KinesisEvent, context: Context) => handle(event, context);
          return driveStream({ generations: [generation], invoke, settings, again });
        }),
      );
      await drainQueue(queue, addToFeed, options);
      return generation.flat().length;
    },
    async close() {
      stream.close();
      queue.close();
      aws.dynamo.close();
      installer.dynamo.close();
      await Promise.resolve();
    },
  };
}

interface Context {
  getRemainingTimeInMillis(): number;
}

async function openInstallation(place: AwsPlace) {
  const { aws: target, opensearch, shards = 2 } = place;
  const straight: AwsEndpoint = target.config;
  const prefix = target.newName();
  const settings: AwsSettings = {
    prefix,
    stream: `${prefix}-events`,
    context: true,
    feedLength: 800,
    celebrityFollowers: 10_000,
    auth: { publishKeys: [{ name: 'test', key: PUBLISH_KEY }] },
    logLevel: 'error',
    further: {},
    archiveBucket: target.newName(),
    search: { engine: 'opensearch', url: new URL(opensearch.config.endpoint ?? ''), signing: 'none' },
    ...place.settings,
  };
  const log = place.log ?? openLogger({ level: settings.logLevel, destination: 2 });
  const installer = openAwsResources(settings, straight, log);
  const { fanOutTopic, fanOutQueueUrl } = await install(installer, { shards });
  const endpoint = place.endpoint === undefined ? straight : { ...straight, endpoint: place.endpoint };
  return { aws: openAwsResources({ ...settings, fanOutTopic }, endpoint, log), installer, straight, fanOutQueueUrl };
}

function posted(path: string, body: string, headers: Readonly<Record<string, string>>): unknown {
  const http = { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'x-api-key': PUBLISH_KEY, ...headers },
    body,
    isBase64Encoded: false,
    requestContext: { http, domainName: 'ingest.example' },
  };
}

async function drainQueue(
  queue: ReturnType<typeof openQueue>,
  addToFeed: ReturnType<typeof addToFeedFunction>,
  { random = Math.random, againShare = 0, functionTimeoutMs = 60_000 }: DrainOptions,
): Promise<void> {
  for (let idle = 0; idle < IDLE_ROUNDS;) {
    const messages = await queue.receive();
    idle = messages.length === 0 ? idle + 1 : 0;
    if (messages.length === 0) continue;
    const batch = messages.toSorted(() => random() - 0.5);
    const endsAt = performance.now() + functionTimeoutMs;
    const context = { getRemainingTimeInMillis: () => endsAt - performance.now() };
    const { batchItemFailures } = await addToFeed({ Records: batch.map(eventRecord) }, context);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = batch.filter(({ MessageId = '' }) => !failed.has(MessageId));
    await queue.remove(done.filter(() => random() >= againShare));
  }
}

const PUBLISH_KEY = 'a publish key for tests alone, as long as one has to be';

/** New records of a stream since the last call, by shard, read from Kinesis without any code of ours. */
function openStreamTail(config: AwsEndpoint, StreamName: string) {
  // Emulators lose data beyond a window of HTTP/2.
  const client = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() });
  const iterators = new Map<string, string>();
  return {
    async read() {
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
      return await Promise.all(Shards.map(({ ShardId = '' }) => readShard(ShardId)));
    },
    close: () => client.destroy(),
  };

  async function readShard(ShardId: string) {
    let ShardIterator = iterators.get(ShardId) ?? (await firstIterator(ShardId));
    const records: _Record[] = [];
    for (;;) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1000 }));
      records.push(...(page.Records ?? []));
      if (page.NextShardIterator === undefined) break;
      ShardIterator = page.NextShardIterator;
      if ((page.Records ?? []).length === 0) break;
    }
    iterators.set(ShardId, ShardIterator);
    return records.map(({ PartitionKey = '', SequenceNumber = '', Data = new Uint8Array() }) => ({
      partitionKey: PartitionKey,
      sequenceNumber: SequenceNumber,
      data: Buffer.from(Data).toString('base64'),
      arrivedAtMs: 0,
    }));
  }

  async function firstIterator(ShardId: string): Promise<string> {
    const input = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    return (await client.send(new GetShardIteratorCommand(input))).ShardIterator ?? '';
  }
}

function openQueue(config: AwsEndpoint, QueueUrl: string) {
  const client = new SQSClient(config);
  return {
    async receive(): Promise<Message[]> {
      const asked = {
        QueueUrl,
        MaxNumberOfMessages: MESSAGES_AT_ONCE,
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 2,
      };
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ ...asked, WaitTimeSeconds: 1 }));
      return Messages;
    },
    async remove(messages: readonly Message[]): Promise<void> {
      if (messages.length === 0) return;
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    },
    close: () => client.destroy(),
  };
}

function eventRecord({ MessageId = '', Body = '', MessageAttributes = {} }: Message) {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { StringValue, DataType }]) => [name, { stringValue: StringValue, dataType: DataType }] as const,
  );
  return {
    messageId: MessageId,
    body: Body,
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:fan-out',
    messageAttributes: Object.fromEntries(attributes),
  };
}

/** Until the search engine shows what it has accepted. */
export async function refreshed({ aws }: AwsEngine): Promise<void> {
  const { search } = aws.settings;
  if (search?.engine !== 'opensearch') return;
  const { ok } = await fetch(new URL(`/${aws.settings.prefix}-*/_refresh`, search.url), { method: 'POST' });
  if (!ok) throw new Error('OpenSearch cannot be refreshed');
}
