import { indexSearch } from '../../../consumers/index-search.ts';
import type { StreamHandler } from '../../../consumers/stream/stream-handler.ts';
import { pause } from '../../../resilience/clock.ts';
import type { AwsResources } from '../resources.ts';
import { openSearchEngine, type SearchEngine } from '../search-engine.ts';
import { type ConsumersOf, streamFunction } from './stream-function.ts';

const RESERVE_MS = 5000;

/** Kinesis → the search table, and from it the search engine. */
export function indexSearchFunction(aws: AwsResources): StreamHandler {
  const engine = openSearchEngine(aws);
  const handle = streamFunction(aws, 'search', searchConsumers(aws, engine));
  const drain = drainingSearch(aws, engine);
  return async (batch, context) => {
    const answer = await handle(batch, context);
    // Whatever CloudSearch does, the batch is done, and has to be answered before the function times out.
    const leaveMs = Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS);
    await Promise.race([drain(), pause(leaveMs, { ref: false })]);
    return answer;
  };
}

export function searchConsumers({ projectionTable }: AwsResources, engine: SearchEngine): ConsumersOf {
  return (version) => [indexSearch(engine.index(version, projectionTable('search', version)))];
}

/** On a schedule of a minute, if the engine is CloudSearch: sends documents that are still marked. */
export function drainSearchFunction(aws: AwsResources): () => Promise<void> {
  return drainingSearch(aws, openSearchEngine(aws));
}

/** Marks are stored, so that a failure only causes a delay. */
function drainingSearch(
  { versions, projectionTable, log }: AwsResources,
  { drain }: SearchEngine,
): () => Promise<void> {
  return async () => {
    if (drain === undefined) return;
    try {
      const { taken, refused, warnings } = await drain(projectionTable('search', await versions.live('search')));
      if (refused > 0) log.error({ refused }, 'CloudSearch permanently rejects documents');
      if (taken + warnings > 0) log.info({ taken, warnings }, 'documents sent to CloudSearch');
    } catch (error) {
      log.warn({ error }, 'CloudSearch is not accepting documents');
    }
  };
}
