import type { Units } from '../../apps/aws/prices/units.ts';
import { times, type Usage, usageOf } from '../../apps/aws/prices/prices.ts';
import type { EventType } from '../../events/catalog.ts';
import type { ProjectionName } from '../../ports/progress.ts';

/** Units of DynamoDB that the consumers use, as `npm run bench -- aws-cost` counts them. */
export interface MeasuredUnits {
  /** Per event; for a yubl that is fanned out, without its followers' feeds. Types that a projection does not handle
   *  are absent. */
  readonly events: Readonly<Record<ProjectionName, Partial<Readonly<Record<EventType, Units>>>>>;
  /** One follower's feed entry for one yubl. */
  readonly feedEntry: Units;
  /** A yubl of an author whose followers pull it. */
  readonly pulledYubl: Units;
}

/** The configuration of the functions: docs/decisions/0029. */
export const BATCH_RECORDS = 100;
const FUNCTION_GB = 0.5;
const FUNCTION_SECONDS = 0.5;
const MESSAGES_PER_BATCH = 10;
const FOLLOWERS_PER_MESSAGE = 1000;
const MILLION = 1_000_000;

const invocation: Usage = { lambdaRequest: 1, lambdaSeconds: FUNCTION_GB * FUNCTION_SECONDS };

/** One event of 1 KB through the stream: into it, into the archive, and through a function for each projection that
 *  handles it. */
function streamUsage(type: EventType, { events }: MeasuredUnits): Usage {
  const consumers = Object.values(events).filter((perEvent) => perEvent[type] !== undefined).length;
  return usageOf([{ kinesisPut: 1, s3Put: 1 / BATCH_RECORDS }, times(invocation, (consumers + 1) / BATCH_RECORDS)]);
}

function unitsUsage({ writeUnits, readUnits }: Units): Usage {
  return { dynamoWrite: writeUnits, dynamoRead: readUnits };
}

function eventUsage(type: EventType, measured: MeasuredUnits): Usage {
  const { events } = measured;
  const taken = Object.values(events).flatMap((perEvent) => perEvent[type] ?? []);
  return usageOf([streamUsage(type, measured), ...taken.map(unitsUsage)]);
}

/** Each batch of followers is one message: published once, then received and deleted together with up to nine
 *  others. */
function messageUsage(followers: number): Usage {
  const messages = Math.ceil(followers / FOLLOWERS_PER_MESSAGE);
  const perMessage = usageOf([
    { snsPublish: 1, sqsRequest: 2 / MESSAGES_PER_BATCH },
    times(invocation, 1 / MESSAGES_PER_BATCH),
  ]);
  return times(perMessage, messages);
}

/** For a million yubls, each fanned out to this many followers. */
export function usageOfYubls(followers: number, measured: MeasuredUnits): Usage {
  const entries = times(unitsUsage(measured.feedEntry), followers);
  return times(usageOf([eventUsage('yubl-posted', measured), messageUsage(followers), entries]), MILLION);
}

/** For a million yubls of authors whose followers pull them. */
export function usageOfPulledYubls(measured: MeasuredUnits): Usage {
  const { feed, ...others } = measured.events;
  const events = { ...others, feed: { ...feed, 'yubl-posted': measured.pulledYubl } };
  return times(eventUsage('yubl-posted', { ...measured, events }), MILLION);
}

/** For a million users who join. */
export function usageOfJoins(measured: MeasuredUnits): Usage {
  return times(eventUsage('user-joined', measured), MILLION);
}

/** For a million events that one more projection handles, with these units for each. */
export function usageOfProjection(perEvent: Units): Usage {
  return times(usageOf([unitsUsage(perEvent), times(invocation, 1 / BATCH_RECORDS)]), MILLION);
}
