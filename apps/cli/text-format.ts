export { printable } from '../visible-text.ts';

// Formats of values for people. Programs get JSON instead.

/** 1234567 as `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Seconds with the significant digits: `0.42 s`, `12.3 s`, `4 min 5 s`, `2 h 3 min`, `9 d 4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Microseconds as milliseconds: `0.04 ms`, `1.3 ms`, `250 ms`. */
export function formatMicroseconds(microseconds: number): string {
  const milliseconds = microseconds / 1000;
  if (milliseconds < 1) return `${milliseconds.toFixed(2)} ms`;
  return milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${formatCount(milliseconds)} ms`;
}

/** An ISO 8601 instant as `2016-02-22 07:02:00` in UTC, or the text itself if it is none. */
export function formatInstant(instant: string): string {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? instant : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** At most `length` characters, the last one an ellipsis if the text was cut. Never splits a surrogate pair. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, Math.max(0, length - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** `1 event`, `2 events`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lines of at most `width` characters, broken between words where possible. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    // A word that is longer than a line (a link) is split.
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = rest;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Bytes as `0.3 MB`, `412 MB`, `1,204 MB`. */
export function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return `${megabytes < 10 ? megabytes.toFixed(1) : formatCount(megabytes)} MB`;
}
