import type { EventData, EventType } from '../../events/catalog.ts';
import type { Correlation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import { dataschemaOf, type EventEnvelope } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import { utcInstant } from '../../events/instant.ts';
import { parseSequence, type Sequence } from '../../events/sequence.ts';
import { publishedSources } from '../event-sources.ts';
import { eventFacts } from './event-facts.ts';

interface MonolithEventOf<Type extends EventType> {
  readonly type: Type;
  readonly data: EventData<Type>;
  /** Identifies the event forever, together with the source. Derive it from the change (the row and its version, the id
   *  of the change), so that the same change published again is recognised; without it each call is another event. */
  readonly id?: string;
  /** When it happened; by default now. As text ISO 8601. */
  readonly time?: Date | string;
  /** The source's own order, up to 20 digits. By default the client's clock, which no other process shares. */
  readonly sequence?: string;
  /** Its correlation: it overrides the headers, and they override what `withRequest` has set. */
  readonly correlation?: Correlation;
  /** The headers of the request that caused it. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** One change of the monolith's state, typed by its `type`. */
export type MonolithEvent = { [Type in EventType]: MonolithEventOf<Type> }[EventType];

interface Surroundings {
  readonly source: string;
  readonly correlation: Correlation;
  readonly newId: () => string;
  readonly nextSequence: () => Sequence;
}

/** Returns the same envelope as the publish door. Throws EVENT_INVALID if what is needed to name and to order it is
 *  wrong; readers check the rest of its data. */
export function buildEnvelope(event: MonolithEvent, around: Surroundings): EventEnvelope {
  if (!Object.hasOwn(eventFacts, event.type)) {
    throw new FigtreeError('EVENT_TYPE_UNKNOWN', `type ${JSON.stringify(event.type)} is not in the catalog`);
  }
  const { version, subject, key }: Facts = eventFacts[event.type];
  const data = event.data as Readonly<Record<string, unknown>>;
  const id = name('id', event.id ?? around.newId());
  const { correlationid = id, causationid, traceparent, baggage } = around.correlation;
  const envelope = {
    specversion: '1.0',
    id,
    source: sourceOf(around.source),
    type: event.type,
    time: timeOf(event.time),
    datacontenttype: 'application/json',
    dataschema: dataschemaOf(event.type, version),
    subject: name(`data.${subject}`, data[subject]),
    partitionkey: name(`data.${key}`, data[key]),
    sequence: event.sequence === undefined ? around.nextSequence() : sequenceOf(event.sequence),
    correlationid,
    data,
    ...defined({ causationid, traceparent, baggage }),
  };
  return envelope as unknown as EventEnvelope;
}

/** Without the particular type. */
interface Facts {
  readonly version: number;
  readonly subject: string;
  readonly key: string;
}

const NAME_CHARACTERS_MAX = 1024;

function name(path: string, value: unknown): string {
  const isName =
    typeof value === 'string' &&
    value !== '' &&
    value.length <= NAME_CHARACTERS_MAX &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value);
  if (!isName) throw invalid(path, `text of 1 to ${NAME_CHARACTERS_MAX} characters without control characters`);
  return value;
}

function sourceOf(source: string): string {
  const problem = publishedSources(name('source', source));
  if (problem !== undefined) throw new FigtreeError(problem.code, problem.message, { path: 'source' });
  return source;
}

function timeOf(time: Date | string = new Date()): string {
  const text = typeof time === 'string' ? time : isDate(time) ? time.toISOString() : '';
  const utc = utcInstant(text);
  if (utc === undefined) throw invalid('time', 'a date, or ISO 8601 with seconds and an offset');
  return utc;
}

function isDate(time: Date): boolean {
  return !Number.isNaN(time.getTime());
}

function sequenceOf(text: string): Sequence {
  const sequence = parseSequence(text);
  if (sequence === undefined) {
    throw invalid('sequence', 'up to 20 digits, two unsigned 32-bit numbers of ten digits each');
  }
  return sequence;
}

function invalid(path: string, wanted: string): FigtreeError {
  return new FigtreeError('EVENT_INVALID', `${path} must be ${wanted}`, { path });
}
