import type * as z from 'zod';
import type { EventType } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import { dataschemaOf, type HandledEvent, versionOf } from '../events/envelope.ts';
import { FigtreeError, isFigtreeError } from '../events/errors.ts';
import { createUpcastChain, type StoredFailure, wordsOf } from './upcast-chain.ts';
import { sourcesOf, storedAs } from './event-facts.ts';
import type { PastVersion, UpcastEvent } from './past-version.ts';
import { type Definitions, requireSoundVersions } from './sound-versions.ts';

/** Brings recorded events to the current versions. The log itself is never rewritten. */
export interface Upcasters {
  /** Returns the same events, each of a past version replaced by its current equivalents: with its position, its key
   *  and its sequence, in the order in which its step returns them. An event that cannot be brought to its current
   *  version (because it is newer, or its step fails) stays as it is: `refusal` says why. Returns the array itself if
   *  all of it is current. */
  current<Event extends HandledEvent>(events: Event[]): Event[];

  /** Why no consumer may receive this event unchanged; undefined if it is of its type's current version. */
  refusal(event: HandledEvent): FigtreeError | undefined;

  /** The types under which a log holds events that are read as one of these. Returns the array itself if there are no
   *  others. */
  storedAs(types: readonly EventType[]): readonly EventType[];

  /** Undefined if that version is not a past one of the type. */
  past(type: string, version: number): ReadablePast | undefined;
}

/** A past version, for the door. */
export interface ReadablePast {
  readonly dataschema: string;
  /** Returns the parsed data (without undeclared keys) or the issues; never throws. */
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<Readonly<Record<string, unknown>>>;
  /** Returns the current equivalents of stored data of this version, which is parsed first. Throws EVENT_NOT_UPCAST. */
  readonly upcast: (data: Readonly<Record<string, unknown>>) => readonly UpcastEvent[];
}

/** Throws SCHEMA_INVALID if the past versions do not lead to those of the definitions. */
export function createUpcasters(definitions: Definitions, pastVersions: readonly PastVersion[]): Upcasters {
  requireSoundVersions(definitions, pastVersions);
  const dataschemas = new Map(Object.values(definitions).map(({ type, dataschema }) => [type, dataschema]));
  const chains = chainsOf(definitions, pastVersions);
  const sources = sourcesOf(pastVersions);

  const isCurrent = (event: HandledEvent) => dataschemas.get(event.type) === event.dataschema;

  function currentOf<Event extends HandledEvent>(event: Event): readonly Event[] {
    const chain = isCurrent(event) ? undefined : chains.get(event.dataschema);
    if (chain === undefined) return [event];
    try {
      return standIns(event, chain.upcast(event.data), definitions);
    } catch {
      // Throwing would stop every reader at this event forever. Left unchanged, it is refused by the consumers that
      // want it.
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
      return refusalOf(event, chains.get(event.dataschema), definitions[event.type]);
    },
    storedAs: (types) => storedAs(types, sources),
    past: (type, version) => chains.get(dataschemaOf(type, version)),
  };
}

function chainsOf(definitions: Definitions, pastVersions: readonly PastVersion[]): Map<string, ReadablePast> {
  const chain = createUpcastChain({ current: new Map(Object.entries(definitions)), past: pastVersions });
  const chainOf = ({ type, version }: PastVersion): ReadablePast => ({
    dataschema: dataschemaOf(type, version),
    safeParse: chain.parserOf(type, version) as ReadablePast['safeParse'],
    upcast(data) {
      const reading = chain.read(type, version, data);
      if (reading.kind === 'failed') throw notUpcast({ type, version }, reading);
      return reading.events as readonly UpcastEvent[];
    },
  });
  return new Map(pastVersions.map((past) => [dataschemaOf(past.type, past.version), chainOf(past)]));
}

function notUpcast({ type, version }: Pick<PastVersion, 'type' | 'version'>, failure: StoredFailure): FigtreeError {
  const message = `version ${version} of ${type} cannot be upcast to the current version: ${reasonOf(failure)}`;
  return new FigtreeError('EVENT_NOT_UPCAST', message, { type, version, cause: failure.cause });
}

function reasonOf({ step, at, path, message, cause }: StoredFailure): string {
  if (step === 'past' || step === 'current')
    return `it is not a valid ${at.type} v${at.version} at ${path}: ${message}`;
  return cause === undefined ? message : wordsOf(cause);
}

function standIns<Event extends HandledEvent>(
  event: Event,
  given: readonly UpcastEvent[],
  definitions: Definitions,
): readonly Event[] {
  return given.map(({ type, data }, index) => {
    const definition = definitions[type];
    // The key stays, because the order among its neighbours depends on it. So does the id; a split needs more ids,
    // which are deterministic.
    const id = index === 0 ? event.id : `${event.id}/${index + 1}`;
    const standIn = {
      ...event,
      id,
      type,
      dataschema: definition?.dataschema,
      subject: definition?.subject(data),
      data,
    };
    return standIn as unknown as Event;
  });
}

function refusalOf(
  event: HandledEvent,
  chain: ReadablePast | undefined,
  definition: EventDefinition | undefined,
): FigtreeError {
  const { type, dataschema, position } = event;
  const place = position === undefined ? event.id : `at ${position}`;
  const version = versionOf(dataschema);
  if (definition !== undefined && version > definition.version) {
    const message = `${type} ${place} has version ${version}, but this Figtree supports version ${definition.version}: upgrade Figtree`;
    return new FigtreeError('EVENT_VERSION_NEWER', message, { type, version, position });
  }
  try {
    chain?.upcast(event.data);
  } catch (error) {
    if (isFigtreeError(error)) return error;
  }
  const message = `${type} ${place} has ${dataschema}, which cannot be upcast to the current version`;
  return new FigtreeError('EVENT_NOT_UPCAST', message, { type, version, position });
}
