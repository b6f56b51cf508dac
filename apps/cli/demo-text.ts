import type { UserHit } from '../../ports/search-reader.ts';
import type { DemoSummary, NamedFeedItem } from './demo-summary.ts';
import { nameOf } from './demo-summary.ts';
import type { Terminal } from './terminal.ts';
import { formatCount, formatInstant, formatSeconds, plural, printable, wrapped } from './text-format.ts';

type Look = Pick<Terminal, 'colors' | 'columns'>;

// Longer lines are hard to read, however wide the terminal is.
const WIDTH_MAX = 100;
const WIDTH_PIPED = 80;

const SOURCE = 'The sample is derived from Ubuntu IRC logs, CC-BY-4.0: samples/NOTICE.md';

/** The summary as a page of text. */
export function demoText(summary: DemoSummary, look: Look): string {
  const { bold, dim } = look.colors;
  const title = (text: string, more = '') => `\n${bold(text)}${more && `  ${dim(more)}`}`;
  const { mostFollowed, feed, userSearch, yublSearch } = summary;
  const lines = [importLine(summary, look), dim(SOURCE), '', ...countLines(summary)];
  lines.push(title('Most followed'), ...userLines(mostFollowed, ({ followers }) => plural(followers, 'follower')));
  if (feed !== undefined) {
    lines.push(title(`The feed of ${printable(nameOf(feed.user))}`, `who follows ${formatCount(feed.user.following)}`));
    lines.push(...yublLines(feed.items, look));
  }
  lines.push(title(`Users found by "${printable(userSearch.q)}"`), ...userLines(userSearch.items, () => ''));
  lines.push(title(`Yubls found by "${yublSearch.q}"`), ...yublLines(yublSearch.items, look));
  return lines.join('\n');
}

function importLine({ import: { accepted, read, seconds, eventsPerSecond }, folder }: DemoSummary, { colors }: Look) {
  const { bold, green, cyan } = colors;
  if (accepted === 0) {
    return `${green('Nothing new:')} all ${bold(formatCount(read))} changes are already in ${cyan(folder)} (${formatSeconds(seconds)})`;
  }
  const rate = `${formatSeconds(seconds)}, ${formatCount(eventsPerSecond)} events/s`;
  return `${green('Imported')} ${bold(formatCount(read))} legacy changes into ${cyan(folder)} in ${rate}`;
}

function countLines({ counts, import: { accepted, feedEntries } }: DemoSummary): string[] {
  const lines: [string, number][] = [
    ['users', counts.users],
    ['follows', counts.follows],
    ['yubls', counts.yubls],
  ];
  // They are counted as they are made; a second run makes none.
  if (accepted > 0) lines.push(['feed entries', feedEntries]);
  return lines.map(([label, count]) => `  ${label.padEnd(12)} ${formatCount(count).padStart(8)}`);
}

function userLines<User extends UserHit>(users: readonly User[], more: (user: User) => string): string[] {
  const names = users.map((user) => printable(nameOf(user)));
  const width = Math.max(...names.map((name) => name.length));
  return users.map((user, at) => `  ${user.userId}  ${names[at]?.padEnd(width)}  ${more(user)}`.trimEnd());
}

function yublLines(items: readonly NamedFeedItem[], { colors, columns }: Look): string[] {
  const width = Math.min(columns ?? WIDTH_PIPED, WIDTH_MAX);
  return items.flatMap(({ author, postedAt, text }) => [
    `  ${colors.cyan(printable(author))}  ${colors.dim(formatInstant(postedAt))}`,
    ...wrapped(printable(text), width - 4).map((line) => `    ${line}`),
  ]);
}

/** Commands to copy and run against the server that has just started. */
export function tryText(summary: DemoSummary, url: string, { colors }: Look): string {
  const { bold, dim, cyan } = colors;
  const star = summary.mostFollowed[0];
  const item = summary.feed?.items[0];
  const paths: string[] = [];
  if (summary.feed !== undefined) paths.push(`/feeds/${summary.feed.user.userId}`);
  if (star !== undefined) paths.push(`/users/${star.userId}`, `/users/${star.userId}/followers`);
  if (item !== undefined) paths.push(`/yubls/${item.yublId}`);
  paths.push(`/search/users?q=${encodeURIComponent(summary.userSearch.q)}`);
  paths.push(`/search/yubls?q=${summary.yublSearch.q.split(' ').map(encodeURIComponent).join('+')}`);
  paths.push('/status', '/events/stream');
  // The commands have to name the same folder, unless it is the default one.
  const folder = process.env['FIGTREE_DATA'] ? `FIGTREE_DATA=${summary.folder} ` : '';
  const quoted = (path: string) => (path.includes('?') ? `'${url}${path}'` : `${url}${path}`);
  return [
    `\n${bold('Try')} ${dim('(in another terminal)')}`,
    ...paths.map((path) => `  curl -s ${quoted(path)}`),
    ...['status', 'tail --from 1'].map((command) => `  ${folder}./figtree ${command}`),
    `\n${bold('Listening on')} ${cyan(url)}  ${dim('press Ctrl-C to stop')}`,
  ].join('\n');
}
