import type { EventType } from '../../../events/catalog.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { times, type Usage, usageOf } from './prices.ts';

/** What something takes of DynamoDB, as `npm run bench -- aws-cost` counts it: an event that finds nothing to finish and nobody in
 *  its way. Where the emulator tells no read units, one is taken for each reading request. */
export interface Units {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly requests: number;
}

export function units(writeUnits: number, readUnits: number, requests: number): Units {
  return { writeUnits, readUnits, requests };
}

/** What the consumers take of DynamoDB, as `npm run bench -- aws-cost` counts it. */
export interface MeasuredUnits {
  /** One event; of a yubl that is handed on without its followers' feeds. What a projection does not want is absent. */
  readonly events: Readonly<Record<ProjectionName, Partial<Readonly<Record<EventType, Units>>>>>;
  /** One follower's feed of one yubl. */
  readonly feedEntry: Units;
  /** A yubl of an author whose followers read it from there. */
  readonly pulledYubl: Units;
}

/** How the functions are set up: docs/decisions/0029. */
const BATCH_RECORDS = 100;
const FUNCTION_GB = 0.5;
const FUNCTION_SECONDS = 0.5;
const MESSAGES_PER_BATCH = 10;
const FOLLOWERS_PER_MESSAGE = 1000;
const MILLION = 1_000_000;

const invocation: Usage = { lambdaRequest: 1, lambdaSeconds: FUNCTION_GB * FUNCTION_SECONDS };

/** One event of 1 KB through the stream: into it, into the archive, and through a function for each projection that wants it. */
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

/** Each batch of followers is one message: published once, handed over and taken off the queue with nine others, if there are so
 *  many. */
function messageUsage(followers: number): Usage {
  const messages = Math.ceil(followers / FOLLOWERS_PER_MESSAGE);
  const perMessage = usageOf([
    { snsPublish: 1, sqsRequest: 2 / MESSAGES_PER_BATCH },
    times(invocation, 1 / MESSAGES_PER_BATCH),
  ]);
  return times(perMessage, messages);
}

/** Of a million yubls that are handed on to so many followers each. */
export function usageOfYubls(followers: number, measured: MeasuredUnits): Usage {
  const entries = times(unitsUsage(measured.feedEntry), followers);
  return times(usageOf([eventUsage('yubl-posted', measured), messageUsage(followers), entries]), MILLION);
}

/** Of a million yubls of authors with so many followers that these read them from there. */
export function usageOfPulledYubls(measured: MeasuredUnits): Usage {
  const { feed, ...others } = measured.events;
  const events = { ...others, feed: { ...feed, 'yubl-posted': measured.pulledYubl } };
  return times(eventUsage('yubl-posted', { ...measured, events }), MILLION);
}

/** Of a million users who join. */
export function usageOfJoins(measured: MeasuredUnits): Usage {
  return times(eventUsage('user-joined', measured), MILLION);
}
