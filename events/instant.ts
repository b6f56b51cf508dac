// A date-time of RFC 3339, section 5.6: including lower-case letters, any number of fractional digits, any offset, and
// a leap second.
const RFC_3339 = /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;

// The form that Figtree writes, on a day that its month has in every year: any but 29 February. It needs no calendar.
const PLAIN =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MS_DIGITS = 3;

interface Moment {
  /** UTC, to the second: `2016-02-22T07:02:00`. */
  readonly seconds: string;
  /** Digits of the second's fraction, as written. */
  readonly fraction: string;
}

/** Returns the instant that RFC 3339 text names, as UTC with milliseconds (truncated). Undefined if it names none, or
 *  one outside the years 0000 to 9999 of UTC. A leap second is where RFC 3339 allows one, in the last minute of a month
 *  of UTC; it becomes the second after it, because neither JavaScript's dates nor POSIX time can represent it. */
export function utcInstant(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  const moment = momentOf(text);
  return moment && `${moment.seconds}.${moment.fraction.slice(0, MS_DIGITS).padEnd(MS_DIGITS, '0')}Z`;
}

/** The same with every significant digit: two texts name one instant if and only if this is equal for both. */
export function exactInstant(text: string): string | undefined {
  const moment = momentOf(text);
  return moment && `${moment.seconds}.${moment.fraction.replace(/0+$/, '').padEnd(MS_DIGITS, '0')}Z`;
}

function momentOf(text: string): Moment | undefined {
  const [, day = '', time = '', second = '', fraction = '', sign, hours, minutes] = RFC_3339.exec(text) ?? [];
  const leap = second === '60';
  const local = Date.parse(`${day}T${time}:${leap ? '59' : second}Z`);
  // Date.parse turns 30 February into 1 March, and 24:00 into midnight.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 16) !== `${day}T${time}`) return undefined;
  const offsetMs = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  const utc = (sign === '-' ? local + offsetMs : local - offsetMs) + (leap ? 1000 : 0);
  if (leap && !(utc % DAY_MS === 0 && new Date(utc).getUTCDate() === 1)) return undefined;
  const written = new Date(utc).toISOString();
  // UTC years -1 and 10000 have more characters, and would not sort.
  return written.length === 24 ? { seconds: written.slice(0, 19), fraction } : undefined;
}
