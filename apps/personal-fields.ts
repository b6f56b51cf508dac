import { catalog } from '../events/catalog.ts';
import type { Note } from '../consumers/runtime/consumer.ts';
import { pastVersions } from '../schema-registry/past-versions.ts';
import { personalPaths } from '../schema-registry/personal-data.ts';

const REDACTED = '[redacted]';
const DEPTH_MAX = 8;

/** The details of a log line, without what stands in a field that the catalog marks as personal, at whatever depth: an
 *  event may be logged whole. Called for each line that is written, so most are given back as they are. */
export function withoutPersonalFields(details: Note): Note {
  const { error, ...others } = details;
  // The logger itself writes this one, with its stack, and cleans what it carries.
  return error instanceof Error ? { ...(cleaned(others, 0) as Note), error } : (cleaned(details, 0) as Note);
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return cleaned({ ...value, message: value.message }, depth);
  if (depth > DEPTH_MAX) return REDACTED;
  if (Array.isArray(value)) {
    const elements = value.map((each) => cleaned(each, depth + 1));
    return elements.some((each, index) => each !== value[index]) ? elements : value;
  }
  const before = Object.entries(value);
  const after = before.map(([name, each]) => [name, isPersonal(name) ? REDACTED : cleaned(each, depth + 1)] as const);
  return after.some(([, each], index) => each !== before[index]?.[1]) ? Object.fromEntries(after) : value;
}

let names: ReadonlySet<string> | undefined;

// Found out with the first line that has details, and not while the program starts.
function isPersonal(name: string): boolean {
  names ??= new Set([...Object.values(catalog), ...pastVersions].flatMap(personalPaths).map(lastName));
  return names.has(name);
}

function lastName(path: string): string {
  return path.split('.').findLast((name) => name !== '*') ?? path;
}
