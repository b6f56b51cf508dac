import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { unless } from '../../adapters/aws/expected-failure.ts';
import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import { openS3Client } from '../../adapters/aws/s3/client.ts';
import { defined } from '../../events/defined.ts';
import { projections } from '../../apps/projections/registry.ts';
import { FIRST_VERSION } from '../../apps/aws/live-versions.ts';
import { type AwsResources, projectionName, sharedTables } from '../../apps/aws/resources.ts';

/** Parts of an installation whose names AWS generates. */
export interface Installed {
  readonly fanOutTopic: string;
  readonly fanOutQueueUrl: string;
}

/** Creates everything that the functions of one installation need, for use without a deployment: on an emulator, or in
 *  an account for tests. Existing parts stay unchanged. */
export async function install(aws: AwsResources, { shards = 2 } = {}): Promise<Installed> {
  const [installed] = await Promise.all([
    makeFanOut(aws),
    makeStream(aws, shards),
    makeBucket(aws),
    ...sharedTables.map((name) => createTable(aws.dynamo, aws.table(name).name)),
    ...projections.map(async (projection) => {
      const { indexes, create } = await projection.aws.load();
      const name = projectionName(aws.settings, projection.name, FIRST_VERSION);
      await createTable(aws.dynamo, name, defined({ indexes }));
      await create?.(aws, FIRST_VERSION);
    }),
  ]);
  return installed;
}

async function makeStream({ endpoint, settings }: AwsResources, ShardCount: number): Promise<void> {
  const client = openKinesisClient(endpoint);
  const StreamName = settings.stream;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount })).catch(unless('ResourceInUseException'));
  await waitUntilStreamExists({ client, maxWaitTime: 120, minDelay: 0.2, maxDelay: 3 }, { StreamName });
  client.destroy();
}

async function makeBucket({ endpoint, settings }: AwsResources): Promise<void> {
  const { archiveBucket: Bucket } = settings;
  if (Bucket === undefined) return;
  const client = openS3Client(endpoint);
  await client.send(new CreateBucketCommand({ Bucket })).catch(unless('BucketAlreadyOwnedByYou'));
  client.destroy();
}

async function makeFanOut({ endpoint, settings }: AwsResources): Promise<Installed> {
  const topics = new SNSClient(endpoint);
  const queues = new SQSClient(endpoint);
  const name = `${settings.prefix}-fan-out`;
  const { TopicArn = '' } = await topics.send(new CreateTopicCommand({ Name: name }));
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Attributes?.['QueueArn'],
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ],
  });
  await queues.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  // Raw: the published text is the body, and its attributes are the message's own.
  const raw = { RawMessageDelivery: 'true' };
  await topics.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.['QueueArn'], Attributes: raw }),
  );
  topics.destroy();
  queues.destroy();
  return { fanOutTopic: TopicArn, fanOutQueueUrl: QueueUrl };
}
