import type { EventEnvelope } from '../events/envelope.ts';
import type { Problem } from '../events/errors.ts';
import { type Reading, refused } from './reading.ts';

// The frozen schemas of events count characters, if anything: an instant may have any number of digits. Every store and
// carrier counts bytes, and the smallest limit is 400 KB. So the door limits what no schema limits; the contents of the
// log stay as they are. No accepted event is then too large for any of them (decision 0037).

/** For one value in UTF-8, except texts of yubls. */
const VALUE_BYTES_MAX = 1024;
/** A yubl's text has 65,536 characters of up to four bytes each. */
const TEXT_BYTES_MAX = 4 * 65_536;

/** Returns the readings unchanged, except those of events with a value that is too long. */
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
