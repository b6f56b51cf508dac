import type { Note } from '../consumers/runtime/consumer.ts';

const REDACTED = '[redacted]';
const DEPTH_MAX = 8;

/** Returns the function that redacts the fields with such names in a log line's details, at any depth: an event may be
 *  logged whole. It is called for every line, so most details are returned unchanged. */
export function personalFieldsCleaner(personalNames: () => readonly string[]): (details: Note) => Note {
  let names: ReadonlySet<string> | undefined;
  const isPersonal = (name: string) => (names ??= new Set(personalNames())).has(name);

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

  return (details) => {
    const { error, ...others } = details;
    // The logger writes this one itself, with its stack, and redacts it.
    return error instanceof Error ? { ...(cleaned(others, 0) as Note), error } : (cleaned(details, 0) as Note);
  };
}
