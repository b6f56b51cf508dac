import * as z from 'zod';
import type { EventDefinition } from '../events/define-event.ts';
import type { PastVersion } from './past-version.ts';

/** The result of reading stored data with the current code. */
export type StoredReading = { readonly kind: 'read'; readonly events: readonly ReadEvent[] } | StoredFailure;

/** Empty if the event was dropped on the way. */
export interface ReadEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoredFailure {
  readonly kind: 'failed';
  /** version: it is unknown. past: its own schema refuses it. upcaster: it threw or returned something that is not an
   *  event. current: the current schema refuses the result. */
  readonly step: 'version' | 'past' | 'upcaster' | 'current';
  /** The version of the schema or upcaster that failed. */
  readonly at: { readonly type: string; readonly version: number };
  /** Dotted path from `data`. */
  readonly path: string;
  readonly message: string;
  /** The thrown error, if that was the reason. */
  readonly cause?: unknown;
}

export interface KnownVersions {
  readonly current: ReadonlyMap<string, EventDefinition>;
  readonly past: readonly PastVersion[];
}

export interface UpcastChain {
  /** From the schema of that version to the current one; never throws. Each version parses its input before its
   *  upcaster sees it, because a default, a trim or an undeclared key affects the result. */
  read(type: string, version: number, data: unknown): StoredReading;

  /** The parser of a version; undefined if it is unknown. */
  parserOf(type: string, version: number): Parser | undefined;
}

type Parser = EventDefinition['safeParse'];

interface Step {
  readonly safeParse: Parser;
  /** Absent: it is the current version. */
  readonly past?: PastVersion;
}

/** The only way from any version to the current ones. Run time, proof over samples and scan of a log all use it: if
 *  they differed, one would park what another accepts. */
export function createUpcastChain({ current, past }: KnownVersions): UpcastChain {
  const steps = stepsOf({ current, past });

  function read(type: string, version: number, data: unknown): StoredReading {
    const step = steps.get(type)?.[version];
    if (step === undefined) return unknownVersion(type, version, current.get(type)?.version);
    const parsed = parse(step, { type, version }, data);
    if ('kind' in parsed) return parsed;
    if (step.past === undefined) return { kind: 'read', events: [{ type, data: parsed.data }] };
    const given = upcast(step.past, parsed.data, current);
    if ('kind' in given) return given;
    const events: ReadEvent[] = [];
    for (const each of given) {
      // For its own type a step returns the next version; for another, into which it was split, the current one. So the
      // chain ends.
      const next = each.type === type ? version + 1 : (current.get(each.type)?.version ?? 0);
      const further = read(each.type, next, each.data);
      if (further.kind === 'failed') return further;
      events.push(...further.events);
    }
    return { kind: 'read', events };
  }

  return { read, parserOf: (type, version) => steps.get(type)?.[version]?.safeParse };
}

function stepsOf({ current, past }: KnownVersions): ReadonlyMap<string, readonly Step[]> {
  const steps = new Map<string, Step[]>();
  for (const [type, { version, safeParse }] of current) {
    const ofType: Step[] = [];
    ofType[version] = { safeParse };
    steps.set(type, ofType);
  }
  for (const each of past) {
    const ofType = steps.get(each.type) ?? [];
    steps.set(each.type, ofType);
    if (ofType[each.version] !== undefined) continue;
    const compiled = z.compile(each.data);
    ofType[each.version] = { safeParse: (value) => compiled.safeParse(value), past: each };
  }
  return steps;
}

function parse(
  { safeParse, past }: Step,
  at: StoredFailure['at'],
  data: unknown,
): { readonly data: ReadEvent['data'] } | StoredFailure {
  const step = past === undefined ? 'current' : 'past';
  try {
    const parsed = safeParse(data);
    return parsed.success ? { data: parsed.data } : { kind: 'failed', step, at, ...issueOf(parsed.error) };
  } catch (cause) {
    // A refinement or a transform may throw, and zod lets it.
    return { kind: 'failed', step, at, path: 'data', message: `its schema threw ${wordsOf(cause)}`, cause };
  }
}

interface GivenEvent {
  readonly type: string;
  readonly data?: unknown;
}

/** The result of a step, each of them an event that it may return; its data has not been checked yet. */
function upcast(
  past: PastVersion,
  data: ReadEvent['data'],
  current: KnownVersions['current'],
): readonly GivenEvent[] | StoredFailure {
  const { type, version, becomes = [] } = past;
  const failed = (what: string, thrown: { cause?: unknown } = {}): StoredFailure => {
    const message = `the upcaster of ${type} v${version} ${what}`;
    return { kind: 'failed', step: 'upcaster', at: { type, version }, path: 'data', message, ...thrown };
  };
  let given: unknown;
  try {
    given = past.upcast(data);
  } catch (cause) {
    return failed(`threw ${wordsOf(cause)}`, { cause });
  }
  if (!Array.isArray(given)) return failed(`returned ${kindOf(given)} instead of a list of events`);
  const events: GivenEvent[] = [];
  for (const each of given as unknown[]) {
    if (!isGiven(each)) return failed(`returned ${kindOf(each)} that is not an event of the catalog`);
    if (each.type !== type && !becomes.some((other) => other === each.type))
      return failed(`returned ${each.type}, which it does not name in becomes`);
    if (!current.has(each.type)) return failed(`returned ${each.type}, which is not an event of the catalog`);
    events.push(each);
  }
  return events;
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

function issueOf(error: z.ZodError): Pick<StoredFailure, 'path' | 'message'> {
  const [issue] = error.issues;
  return { path: ['data', ...(issue?.path ?? [])].map(String).join('.'), message: issue?.message ?? 'refused' };
}

function isGiven(value: unknown): value is GivenEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
