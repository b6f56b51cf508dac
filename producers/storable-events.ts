import type { EventEnvelope } from '../events/envelope.ts';
import type { Problem } from '../events/errors.ts';
import { type Reading, refused } from './reading.ts';

// The schemas of events are frozen and count characters, if they count at all: of an instant they take any number of digits. Every
// store and carrier counts bytes, and the smallest of them takes 400 KB. So what no schema limits is limited here, at the door; what
// the log already holds stays as it is. With this no event that is taken can be too large for any of them (decision 0037).

/** Of one value in UTF-8, but for the texts of yubls. */
const VALUE_BYTES_MAX = 1024;
/** A yubl's text has 65,536 characters of up to four bytes each. */
const TEXT_BYTES_MAX = 4 * 65_536;

/** The readings as they are, but for those that hold an event with a value that is too long. */
export function onlyStorable(readings: readonly Reading[]): readonly Reading[] {
  if (readings.every((reading) => reading.kind !== 'events' || !reading.events.some(isTooLong))) return readings;
  return readings.map((reading) => {
    const event = reading.kind === 'events' ? reading.events.find(isTooLong) : undefined;
    return event === undefined ? reading : refused(problemOf(event), event.id);
  });
}

function isTooLong(event: EventEnvelope): boolean {
  return longValue(event) !== undefined;
}

/** The name of the first field that is too long. */
function longValue({ data }: EventEnvelope): string | undefined {
  for (const name in data) {
    const value = (data as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && value.length > VALUE_BYTES_MAX / 4 && bytesOf(value) > bytesMaxOf(name))
      return name;
  }
  return undefined;
}

const bytesMaxOf = (name: string) => (name === 'text' ? TEXT_BYTES_MAX : VALUE_BYTES_MAX);
const bytesOf = (value: string) => Buffer.byteLength(value);

function problemOf(event: EventEnvelope): Problem {
  const field = longValue(event) ?? '';
  return { code: 'EVENT_TOO_LARGE', path: `data.${field}`, message: `must have at most ${bytesMaxOf(field)} bytes` };
}
