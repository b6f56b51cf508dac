import * as z from 'zod';
import type { EventType } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { dataschemaOf, type RecordedEvent, versionOf } from '../events/envelope.ts';
import { FigtreeError } from '../events/errors.ts';
import type { PastVersion, UpcastEvent } from './past-version.ts';
import { type Definitions, requireSoundVersions } from './sound-versions.ts';

/** Brings what was recorded once to the versions of today. The log itself is never rewritten. */
export interface Upcasters {
  /** The same events, each of a past version replaced by those that stand for it now: under its position, its key and its
   *  sequence, in the order in which its step gives them. What cannot be brought to its current version (because it is
   *  newer, or its step fails) stays as it is: `refusal` says why. Gives the array itself if all of it is current. */
  current(events: RecordedEvent[]): RecordedEvent[];

  /** Why no consumer may have this event as it is; undefined if it is of its type's current version. */
  refusal(event: RecordedEvent): FigtreeError | undefined;

  /** The types under which a log holds what is read as one of these. Gives the array itself if it holds no others. */
  storedAs(types: readonly EventType[]): readonly EventType[];

  /** Undefined if that version is not a past one of the type. */
  past(type: string, version: number): ReadablePast | undefined;
}

/** A past version, for the door. */
export interface ReadablePast {
  readonly dataschema: string;
  /** Gives the parsed data (undeclared keys left out) or the issues, never throws. */
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<Readonly<Record<string, unknown>>>;
  /** What stands for parsed data now. Throws EVENT_NOT_UPCAST. */
  readonly upcast: (data: Readonly<Record<string, unknown>>) => readonly UpcastEvent[];
}

/** Throws SCHEMA_INVALID if the past versions do not lead to those of the definitions. */
export function createUpcasters(definitions: Definitions, pastVersions: readonly PastVersion[]): Upcasters {
  requireSoundVersions(definitions, pastVersions);
  const dataschemas = new Map(Object.values(definitions).map(({ type, dataschema }) => [type, dataschema]));
  const chains = chainsOf(definitions, pastVersions);
  const sources = sourcesOf(pastVersions);

  const isCurrent = (event: RecordedEvent) => dataschemas.get(event.type) === event.dataschema;

  function currentOf(event: RecordedEvent): readonly RecordedEvent[] {
    const chain = isCurrent(event) ? undefined : chains.get(event.dataschema);
    if (chain === undefined) return [event];
    try {
      return standIns(event, chain.upcast(event.data), definitions);
    } catch {
      // To throw would stop whoever reads, at this event and for ever. Left as it is, it is refused by those who want it.
      return [event];
    }
  }

  return {
    current(events) {
      const first = events.findIndex((event) => !isCurrent(event));
      if (first < 0) return events;
      const current = events.slice(0, first);
      for (let index = first; index < events.length; index += 1) {
        const event = events[index];
        if (event !== undefined) current.push(...currentOf(event));
      }
      return current;
    },
    refusal(event) {
      if (isCurrent(event)) return undefined;
      return whyNot(event, chains.get(event.dataschema), definitions[event.type]);
    },
    storedAs(types) {
      const stored = new Set(types.flatMap((type) => [type, ...(sources.get(type) ?? [])]));
      return stored.size > new Set(types).size ? [...stored] : types;
    },
    past: (type, version) => chains.get(dataschemaOf(type, version)),
  };
}

function chainsOf(definitions: Definitions, pastVersions: readonly PastVersion[]): Map<string, ReadablePast> {
  const steps = new Map(pastVersions.map((past) => [dataschemaOf(past.type, past.version), past]));
  const chainOf = (past: PastVersion): ReadablePast => {
    const dataschema = dataschemaOf(past.type, past.version);
    const parser = z.compile(past.data);
    return {
      dataschema,
      safeParse: (data) => parser.safeParse(data),
      upcast(data) {
        try {
          return climb(past, data, steps).map((event) => parsed(event, definitions[event.type]));
        } catch (cause) {
          throw notUpcast(past, cause);
        }
      },
    };
  };
  return new Map([...steps].map(([dataschema, past]) => [dataschema, chainOf(past)]));
}

/** One step after the other, until every event is of its current version. Ends, because the number only rises. */
function climb(
  past: PastVersion,
  data: Readonly<Record<string, unknown>>,
  steps: ReadonlyMap<string, PastVersion>,
): readonly UpcastEvent[] {
  const given = past.upcast(data);
  if (!Array.isArray(given)) throw new Error('it gives no array of events');
  const next = steps.get(dataschemaOf(past.type, past.version + 1));
  for (const { type } of given) {
    if (type === past.type || past.becomes?.includes(type) === true) continue;
    throw new Error(`it gives ${type}, which it does not name in becomes`);
  }
  if (next === undefined) return given;
  return given.flatMap((event) => (event.type === past.type ? climb(next, event.data, steps) : [event]));
}

// No door has seen what a step gives, and who wrote the step may be long gone. So it is parsed like anything that comes in.
function parsed({ type, data }: UpcastEvent, definition: EventDefinition | undefined): UpcastEvent {
  const result = definition?.safeParse(data);
  if (result?.success === true) return { type, data: result.data };
  const [issue] = result?.error?.issues ?? [];
  throw new Error(`what it gives is no ${type}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function notUpcast({ type, version }: PastVersion, cause: unknown): FigtreeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `version ${version} of ${type} cannot be brought to the current one: ${reason}`;
  return new FigtreeError('EVENT_NOT_UPCAST', message, { type, version, cause });
}

function standIns(
  event: RecordedEvent,
  given: readonly UpcastEvent[],
  definitions: Definitions,
): readonly RecordedEvent[] {
  return given.map(({ type, data }, index) => {
    const definition = definitions[type];
    // The key stays, because the order among its neighbours rests on it. So does the id; a split needs more of them, which
    // are the same whenever it is read.
    const id = index === 0 ? event.id : `${event.id}/${index + 1}`;
    const standIn = {
      ...event,
      id,
      type,
      dataschema: definition?.dataschema,
      subject: definition?.subject(data),
      data,
    };
    return standIn as unknown as RecordedEvent;
  });
}

function whyNot(
  event: RecordedEvent,
  chain: ReadablePast | undefined,
  definition: EventDefinition | undefined,
): FigtreeError {
  const { type, dataschema, position } = event;
  const version = versionOf(dataschema);
  if (definition !== undefined && version > definition.version) {
    const message = `${type} at ${position} is of version ${version}, and this Figtree knows ${definition.version}: upgrade it`;
    return new FigtreeError('EVENT_VERSION_NEWER', message, { type, version, position });
  }
  try {
    chain?.upcast(event.data);
  } catch (error) {
    if (error instanceof FigtreeError) return error;
  }
  const message = `${type} at ${position} is of ${dataschema}, and nothing brings it to the current version`;
  return new FigtreeError('EVENT_NOT_UPCAST', message, { type, version, position });
}

function sourcesOf(pastVersions: readonly PastVersion[]): Map<EventType, Set<EventType>> {
  const sources = new Map<EventType, Set<EventType>>();
  for (const { type, becomes = [] } of pastVersions) {
    for (const other of becomes) sources.set(other, (sources.get(other) ?? new Set()).add(type));
  }
  return sources;
}
