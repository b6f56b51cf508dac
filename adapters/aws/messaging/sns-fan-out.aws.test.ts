import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../apps/seeded-random.ts';
import { addToFeed } from '../../../consumers/add-to-feed.ts';
import { distributeYubl } from '../../../consumers/distribute-yubl.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { currentCorrelation, withCorrelation } from '../../../events/correlation.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { fanOutContract } from '../../../ports/contracts/fan-out.contract.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { createTable } from '../dynamo/create-table.ts';
import { deleteTable } from '../../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../dynamo/client.ts';
import { openDynamoFeedReader } from '../dynamo/feed/reader.ts';
import { openDynamoFeedStore } from '../dynamo/feed/store.ts';
import { openDynamoTable } from '../dynamo/table.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { readFanOutMessage } from './fan-out-message.ts';
import { openSnsFanOut } from './sns-fan-out.ts';

// From an author's yubl to the followers' feeds through a topic and a queue, as the functions do it.

const aws = awsUnderTest('sns');
const AT = '2016-02-22T07:02:00.000Z';
const FOLLOWERS = Array.from({ length: 60 }, (_, number) => (number + 1).toString(16).padStart(24, '0'));
const correlation = { correlationid: 'request 7', causationid: 'event 7', baggage: 'user-id=56cab268' };
const yubl = { ...sampleEvent({ type: 'yubl-posted' }), position: 1, recordedtime: AT } as RecordedEvent<'yubl-posted'>;

describe.skipIf(aws.skipReason)(`fan-out over SNS and SQS (${aws.engine})`, () => {
  const sns = new SNSClient(aws.config);
  const sqs = new SQSClient(aws.config);
  const dynamo = openDynamoClient(aws.config);
  const removals: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const remove of removals.toReversed()) await remove();
    sns.destroy();
    sqs.destroy();
    dynamo.close();
  });

  async function topicWithQueue(RawMessageDelivery: 'true' | 'false') {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: aws.newName() }));
    removals.push(() => sns.send(new DeleteTopicCommand({ TopicArn })));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: aws.newName() }));
    removals.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const Endpoint = (await sqs.send(asked)).Attributes?.['QueueArn'] ?? '';
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery } }));
    return { topicArn: TopicArn, receiveAll: () => receiveAll(QueueUrl) };
  }

  /** The queue's messages, as Lambda would deliver them. */
  async function receiveAll(QueueUrl: string) {
    const records: { body: string; messageAttributes: Record<string, { stringValue?: string | undefined }> }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          WaitTimeSeconds: 1,
        }),
      );
      if (Messages.length === 0) return records;
      for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
        const attributes = Object.entries(MessageAttributes).map(
          ([name, { StringValue }]) => [name, { stringValue: StringValue }] as const,
        );
        records.push({ body: Body, messageAttributes: Object.fromEntries(attributes) });
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  fanOutContract({
    name: 'SNS and SQS',
    async open() {
      const { topicArn, receiveAll } = await topicWithQueue('true');
      return {
        fanOut: openSnsFanOut(sns, { topicArn }),
        received: async () => (await receiveAll()).map((record) => messageIn(readFanOutMessage(record))),
        close: async () => {},
      };
    },
  });

  it.each(['true', 'false'] as const)(
    'brings a yubl to every follower once, whatever comes twice or overtakes, with its correlation; raw delivery: %s',
    async (raw) => {
      const name = aws.newName();
      await createTable(dynamo, name);
      removals.push(() => deleteTable(dynamo, name));
      const table = openDynamoTable(dynamo, name);
      const store = openDynamoFeedStore(table);
      const { authorId, yublId } = yubl.data;
      for (const followerId of FOLLOWERS) {
        const pair = { followerId, followeeId: authorId };
        const follows = [{ sequence: '0'.repeat(20), followedAt: AT }];
        await store.changeEdge(pair, () => ({ ...pair, follows }));
      }
      const { topicArn, receiveAll: receive } = await topicWithQueue(raw);
      const fanOut = openSnsFanOut(sns, { topicArn });
      const handle = handleAlone(distributeYubl(store, fanOut, { celebrityFollowers: 1000, batchSizeMax: 4 }));
      await withCorrelation(correlation, () => handle(yubl));

      const records = await receive();
      expect(records).toHaveLength(FOLLOWERS.length / 4);
      const random = seededRandom(7);
      const shuffled = [...records, ...records.slice(0, 5)].toSorted(() => random() - 0.5);
      const consumer = addToFeed(store);
      for (const record of shuffled) {
        const read = readFanOutMessage(record);
        if ('code' in read) throw new Error(read.message);
        await withCorrelation(read.correlation, async () => {
          expect(currentCorrelation()).toEqual(correlation);
          await consumer.handle(read.message);
        });
      }
      const reader = openDynamoFeedReader(table, { feedLength: 10, consistent: true });
      for (const follower of FOLLOWERS) {
        const { items } = await reader.feed(follower, { limit: 10 });
        expect(items.map((item) => item.yublId)).toEqual([yublId]);
      }
    },
  );

  it('rejects, to be tried again, when there is no such topic', async () => {
    const { topicArn } = await topicWithQueue('true');
    const fanOut = openSnsFanOut(sns, { topicArn: `${topicArn}-none` });
    const sent = fanOut.send({ yubl: { yublId: 'a', authorId: 'b', sequence: '1' }, followers: { size: 1 } });
    await expect(sent).rejects.toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
  });
});

function messageIn(read: ReturnType<typeof readFanOutMessage>) {
  if ('code' in read) throw new Error(`no message: ${read.message}`);
  return read.message;
}
