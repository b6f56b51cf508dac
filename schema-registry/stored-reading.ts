import * as z from 'zod';
import { catalog, eventTypes } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import type { PastVersion } from './past-version.ts';
import { pastVersions } from './past-versions.ts';

/** What becomes of stored data when the present code reads it. */
export type StoredReading = { readonly kind: 'read'; readonly events: readonly ReadEvent[] } | StoredFailure;

/** None of them: the event was dropped on its way. */
export interface ReadEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface StoredFailure {
  readonly kind: 'failed';
  /** version: nobody here knows it. past: its own schema refuses it. upcaster: it threw or gave something that is no
   *  event. current: the present schema refuses what came of it. */
  readonly step: 'version' | 'past' | 'upcaster' | 'current';
  /** Of the schema or upcaster where it failed. */
  readonly at: { readonly type: string; readonly version: number };
  /** Dotted, from `data` on. */
  readonly path: string;
  readonly message: string;
}

/** What stored events are read with. */
export interface PresentCode {
  readonly current: ReadonlyMap<string, EventDefinition>;
  readonly past: readonly PastVersion[];
}

/** The catalog and its past versions, as they are now. */
export const presentCode: PresentCode = {
  current: new Map(eventTypes.map((type) => [type, catalog[type] as EventDefinition])),
  past: pastVersions,
};

export type StoredReader = (type: string, version: number, data: unknown) => StoredReading;

interface Step {
  readonly safeParse: EventDefinition['safeParse'];
  /** Absent: it is the current version. */
  readonly upcast?: (data: z.output<z.ZodObject>) => unknown;
  /** Other events that it names as what it may become. */
  readonly becomes: readonly string[];
}

/** Reads data of any version: parsed by the schema of its own version, then one step and the next version's schema after the
 *  other, up to the present one. Tells at which of them it fails, and never throws. Consumers read by it at run time as
 *  well as whoever proves that they can. */
export function storedReader({ current, past }: PresentCode): StoredReader {
  const steps = new Map<string, Step[]>();
  for (const [type, { version, safeParse }] of current) {
    const ofType: Step[] = [];
    ofType[version] = { safeParse, becomes: [] };
    steps.set(type, ofType);
  }
  for (const { type, version, data, upcast, becomes = [] } of past) {
    const compiled = z.compile(data);
    const ofType = steps.get(type) ?? [];
    steps.set(type, ofType);
    ofType[version] ??= { safeParse: (value) => compiled.safeParse(value), upcast, becomes };
  }

  return function read(type, version, data): StoredReading {
    const step = steps.get(type)?.[version];
    if (step === undefined) return unknownVersion(type, version, current.get(type)?.version);
    const parsed = step.safeParse(data);
    if (!parsed.success) {
      return {
        kind: 'failed',
        step: step.upcast ? 'past' : 'current',
        at: { type, version },
        ...issueOf(parsed.error),
      };
    }
    if (step.upcast === undefined) return { kind: 'read', events: [{ type, data: parsed.data }] };
    let given: unknown;
    try {
      given = step.upcast(parsed.data);
    } catch (error) {
      return upcasterFailed(type, version, `threw ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!Array.isArray(given))
      return upcasterFailed(type, version, `gave ${kindOf(given)} instead of a list of events`);
    const events: ReadEvent[] = [];
    for (const each of given as unknown[]) {
      if (!isEvent(each, current))
        return upcasterFailed(type, version, `gave ${kindOf(each)} that is no event of the catalog`);
      if (each.type !== type && !step.becomes.includes(each.type)) {
        return upcasterFailed(type, version, `gave ${each.type}, which it does not name in becomes`);
      }
      // Of its own type it gives the next version; of another, which it was split into, the present one.
      const next = each.type === type ? version + 1 : (current.get(each.type)?.version ?? 0);
      const further = read(each.type, next, each.data);
      if (further.kind === 'failed') return further;
      events.push(...further.events);
    }
    return { kind: 'read', events };
  };
}

function unknownVersion(type: string, version: number, known: number | undefined): StoredFailure {
  const message =
    known === undefined
      ? 'no event of the catalog has this name'
      : version > known
        ? `is newer than the catalog, which has v${known}`
        : `is not among the past versions; the catalog has v${known}`;
  return { kind: 'failed', step: 'version', at: { type, version }, path: 'dataschema', message };
}

function upcasterFailed(type: string, version: number, what: string): StoredFailure {
  const message = `the upcaster of ${type} v${version} ${what}`;
  return { kind: 'failed', step: 'upcaster', at: { type, version }, path: 'data', message };
}

function issueOf(error: z.ZodError): Pick<StoredFailure, 'path' | 'message'> {
  const [issue] = error.issues;
  return { path: ['data', ...(issue?.path ?? [])].map(String).join('.'), message: issue?.message ?? 'refused' };
}

function isEvent(value: unknown, current: PresentCode['current']): value is ReadEvent {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false;
  return typeof value.type === 'string' && current.has(value.type);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
