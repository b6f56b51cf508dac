import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { FigtreeError } from '../../../events/errors.ts';
import { nameOf } from './failure.ts';

/** Verifies that a stream keeps records with one partition key together. Throws CONFIG_INVALID if it does not, if it
 *  does not exist, or if access is denied; other errors say nothing about the stream. */
export async function verifyDistribution(client: KinesisClient, stream: string): Promise<void> {
  const refuse = (why: string, cause?: unknown) => {
    throw new FigtreeError('CONFIG_INVALID', `Kinesis stream ${stream} ${why}`, { stream, cause });
  };
  try {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
    if (answer.StreamDescriptionSummary?.RecordDistributionStrategy === 'AUTO') {
      refuse(
        'spreads records whatever their partition keys (RecordDistributionStrategy AUTO), so the events of a key would lose their order. Set it to USER_PARTITION_KEY',
      );
    }
  } catch (error) {
    if (nameOf(error) === 'ResourceNotFoundException') refuse('does not exist in this account and region', error);
    if (nameOf(error) === 'AccessDeniedException') {
      refuse('cannot be checked: kinesis:DescribeStreamSummary is not permitted', error);
    }
    throw error;
  }
}
