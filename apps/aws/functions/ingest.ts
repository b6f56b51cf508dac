import { openDynamoClockMark } from '../../../adapters/aws/dynamo/clock-mark.ts';
import { openDynamoLegacyMemory } from '../../../adapters/aws/dynamo/legacy-memory.ts';
import { openDynamoQuarantine } from '../../../adapters/aws/dynamo/quarantine/quarantine.ts';
import { openKinesisClient } from '../../../adapters/aws/kinesis/client.ts';
import { openKinesisEventAppender } from '../../../adapters/aws/kinesis/event-appender.ts';
import { durableBefore } from '../../../producers/durable-before.ts';
import { createIngest, type Ingest } from '../../../producers/ingest.ts';
import { openAccess } from '../../server/access.ts';
import { addPublishRoutes } from '../../server/routes/publish-routes.ts';
import { type HttpFunction, httpFunction } from '../http/http-function.ts';
import { requireKeys } from '../required-keys.ts';
import type { AwsResources } from '../resources.ts';

/** POST /events and POST /legacy/changes. Answers once accepted input is in the stream. If Kinesis does not accept it
 *  in time, the request is refused as a whole, because a function has no disk for a spool; the sender repeats it. */
export function ingestFunction(aws: AwsResources): HttpFunction {
  requireKeys(aws.settings.auth, 'publishers');
  const access = openAccess(aws.settings.auth, { log: aws.log });
  let opened: Promise<Ingest> | undefined;
  const ingest: Ingest = {
    take: async (items, from) => {
      opened ??= openIngest(aws);
      // A stream that could not be verified this time may be available the next.
      opened.catch(() => (opened = undefined));
      return (await opened).take(items, from);
    },
  };
  // Counts are in the response and in the log: metrics of a process that is frozen between requests could not be
  // scraped.
  const metrics = { observeIngest: () => {} };
  return httpFunction({
    access,
    log: aws.log,
    routes: (app) => addPublishRoutes(app, { engine: { ingest }, access, metrics }),
  });
}

async function openIngest({ endpoint, settings, table }: AwsResources): Promise<Ingest> {
  const { stream, context, legacyDatabase } = settings;
  return createIngest(
    durableBefore({
      log: await openKinesisEventAppender(openKinesisClient(endpoint), { stream, context }),
      quarantine: openDynamoQuarantine(table('quarantine')),
      memory: openDynamoLegacyMemory(table('legacy-memory')),
      clockMark: openDynamoClockMark(table('control')),
      legacyDatabase,
    }),
  );
}
