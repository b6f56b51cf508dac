import { openS3Client } from '../../../adapters/aws/s3/client.ts';
import { openS3EventArchive } from '../../../adapters/aws/s3/event-archive.ts';
import { archiveEvents } from '../../../consumers/archive-events.ts';
import { closeArchivedHours } from '../../../consumers/close-archived-hours.ts';
import type { EventArchive } from '../../../ports/event-archive.ts';
import type { AwsResources } from '../resources.ts';
import { required } from '../settings.ts';

/** Kinesis → S3, all records. */
export function archiveEventsFunction(aws: AwsResources): ReturnType<typeof archiveEvents> {
  return archiveEvents(openArchive(aws), aws.log);
}

/** On an hourly schedule: writes the manifests of completed hours. */
export function closeArchiveFunction(aws: AwsResources): () => Promise<{ readonly hours: readonly string[] }> {
  const archive = openArchive(aws);
  return async () => {
    const closed = await closeArchivedHours(archive, { nowMs: Date.now() });
    aws.log.info({ hours: closed.length }, 'archive hours closed');
    return { hours: closed.map(({ hour }) => hour) };
  };
}

export function openArchive({ endpoint, settings }: AwsResources): EventArchive {
  const bucket = required(settings.archiveBucket, 'FIGTREE_ARCHIVE_BUCKET');
  return openS3EventArchive({ client: openS3Client(endpoint), bucket });
}
