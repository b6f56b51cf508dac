/** Returns the delay of a `retry-after` header in milliseconds. RFC 9110, section 10.2.3, allows whole seconds, or an HTTP-date in
 *  one of three formats (0 if it is in the past). Undefined if the header is absent or invalid. `nowMs` is in milliseconds since
 *  1970. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const untilMs = httpDateMs(text, nowMs);
  return untilMs === undefined ? undefined : Math.max(0, untilMs - nowMs);
}

// RFC 9110, section 5.6.7. All three are UTC, and their words are case-sensitive.
const HTTP_DATES = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function httpDateMs(text: string, nowMs: number): number | undefined {
  const found = HTTP_DATES.map((format) => format.exec(text)?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return undefined;
  const { year = '', month = '', day = '', time = '' } = found;
  const pair = (number: number | string) => String(number).trim().padStart(2, '0');
  const fullYear = year.length === 2 ? yearOfTwoDigits(Number(year), nowMs) : year;
  const date = `${fullYear}-${pair(MONTHS.indexOf(month) + 1)}-${pair(day)}`;
  // Date.parse does not accept leap seconds.
  const ms = Date.parse(`${date}T${time.replace(/:60$/, ':59')}Z`);
  // Date.parse turns 30 February into 1 March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) ? ms : undefined;
}

// RFC 9110: a date more than 50 years in the future is in the previous century.
function yearOfTwoDigits(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inCentury = thisYear - (thisYear % 100) + year;
  return inCentury > thisYear + 50 ? inCentury - 100 : inCentury;
}
