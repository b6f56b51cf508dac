import { type EventType, isEventType } from '../catalog.ts';
import type { EventDefinition } from '../define-event.ts';
import { utcInstant } from '../instant.ts';
import { parseSequence, type Sequence } from '../sequence.ts';
import { expected, type Finding } from './findings.ts';

// Readers of a CloudEvent's context attributes. By CloudEvents, an attribute that is null is absent.

const NAME_CHARACTERS_MAX = 1024;

/** `id`, `source` and the like: non-empty text without control characters. */
export function readName(value: unknown, path: string, findings: Finding[]): string {
  if (typeof value === 'string' && value !== '' && value.length <= NAME_CHARACTERS_MAX && isPlain(value)) return value;
  findings.push(expected(path, `text of 1 to ${NAME_CHARACTERS_MAX} characters without control characters`, value));
  return '';
}

// Lone surrogates would be stored as something else, and two names could become one.
function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

export function readOptionalName(value: unknown, path: string, findings: Finding[]): string | undefined {
  if (isAbsent(value)) return undefined;
  return readName(typeof value === 'number' ? String(value) : value, path, findings) || undefined;
}

export function readOptionalText(value: unknown, path: string, findings: Finding[]): string | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'string') return value;
  findings.push(expected(path, 'text', value));
  return undefined;
}

export function readSpecversion(value: unknown, findings: Finding[]): void {
  if (value !== '1.0') findings.push(expected('specversion', '"1.0"', value));
}

// Names used by older releases of the monolith.
const ALIASES: Readonly<Record<string, EventType>> = { 'new-user-joined': 'user-joined' };

/** The catalog's name, undefined if it has none. */
export function eventTypeOf(name: string): EventType | undefined {
  if (isEventType(name)) return name;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

export function checkContentType(value: unknown, findings: Finding[]): void {
  const json = typeof value === 'string' && /^application\/([a-z0-9.-]+\+)?json *(;|$)/i.test(value);
  if (!isAbsent(value) && !json) findings.push(expected('datacontenttype', 'application/json', value));
}

const VERSION = /^[1-9][0-9]{0,8}$/;

/** The version of the data, by default the current one. `statedName` is the type as the publisher wrote it, which may
 *  be an alias. */
export function readDataschema(
  value: unknown,
  { type, version, dataschema }: EventDefinition,
  { statedName, findings }: { readonly statedName: string; readonly findings: Finding[] },
): number {
  if (isAbsent(value) || value === dataschema) return version;
  for (const name of [type, statedName]) {
    const prefix = `figtree:${name}:`;
    const stated = typeof value === 'string' && value.startsWith(prefix) ? value.slice(prefix.length) : '';
    if (VERSION.test(stated)) return Number(stated);
  }
  findings.push(expected('dataschema', `${dataschema} or an earlier version of it`, value));
  return version;
}

/** As UTC with milliseconds. */
export function readTime(value: unknown, findings: Finding[]): string | undefined {
  if (isAbsent(value)) return undefined;
  const utc = typeof value === 'string' ? utcInstant(value) : undefined;
  if (utc === undefined) findings.push(expected('time', 'ISO 8601 with seconds and an offset', value));
  return utc;
}

export function readSequence(value: unknown, findings: Finding[]): Sequence | undefined {
  if (isAbsent(value)) return undefined;
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const sequence = typeof text === 'string' ? parseSequence(text) : undefined;
  if (sequence === undefined) {
    findings.push(expected('sequence', 'up to 20 digits, two unsigned 32-bit numbers of ten digits each', value));
  }
  return sequence;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
