/** How many milliseconds a response's `retry-after` asks to wait, by RFC 9110, section 10.2.3: whole seconds, or the time of
 *  an HTTP-date in any of its three formats (0 if it has come). Undefined if it is absent or anything else. `nowMs` is in
 *  milliseconds since 1970. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const untilMs = httpDateMs(text, nowMs);
  return untilMs === undefined ? undefined : Math.max(0, untilMs - nowMs);
}

// RFC 9110, section 5.6.7. All three are UTC, and their words are case-sensitive.
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/;
const RFC_850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d:\d\d) GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function httpDateMs(text: string, nowMs: number): number | undefined {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed !== null) return msOf(fixed[3], fixed[2], fixed[1], fixed[4]);
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) return msOf(asctime[4], asctime[1], asctime[2], asctime[3]);
  const short = RFC_850.exec(text);
  if (short === null) return undefined;
  // Two digits that would be more than 50 years ahead are of the century before.
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inCentury = thisYear - (thisYear % 100) + Number(short[3]);
  const year = inCentury > thisYear + 50 ? inCentury - 100 : inCentury;
  return msOf(String(year), short[2], short[1], short[4]);
}

function msOf(year = '', month = '', day = '', time = ''): number | undefined {
  const pair = (number: number | string) => String(number).trim().padStart(2, '0');
  const date = `${year}-${pair(MONTHS.indexOf(month) + 1)}-${pair(day)}`;
  const ms = Date.parse(`${date}T${time.replace(/:60$/, ':59')}Z`);
  // Date.parse makes 1 March of 30 February.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) ? ms : undefined;
}
