import { FigtreeError } from '../../../events/errors.ts';
import type { Page } from '../../../ports/page.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { type CursorCodec, cursors } from '../../server/cursor.ts';
import { exitCodes } from '../failure.ts';
import { readConfig } from '../open-data.ts';
import type { Reading } from '../parity-program.ts';
import type { CommandContext } from '../program.ts';
import { formatCount, printable } from '../text-format.ts';

export interface ReadCommand {
  readonly what: Reading;
  readonly key: string;
  readonly build?: string;
  readonly limit: number;
}

const projectionOf: Readonly<Record<Reading, ProjectionName>> = {
  feed: 'feed',
  yubl: 'feed',
  user: 'relationships',
  followers: 'relationships',
  following: 'relationships',
  'search-users': 'search',
  'search-yubls': 'search',
};

/** Prints what a projection's file answers, and where in the log it stands: without a server, or beside it. NOT_FOUND where
 *  the API says so. */
export async function read(command: ReadCommand, { terminal, json }: CommandContext): Promise<number> {
  const config = await readConfig();
  const { buildPath } = await import('../../embedded/parity/projection-build.ts');
  const path = buildPath(config.data, projectionOf[command.what], command.build);
  const place = { path, logPath: `${config.data}/log.db`, feedLength: config.feedLength };
  const { position, answer } = await answered(command, place);
  if (answer === undefined) {
    throw new FigtreeError(
      'NOT_FOUND',
      `there is no ${command.what} ${printable(command.key)} at position ${position}`,
    );
  }
  if (json) await terminal.print(JSON.stringify({ position, file: path, answer }));
  else await terminal.print([`position ${formatCount(position)}, ${path}`, '', ...answerLines(answer)].join('\n'));
  return exitCodes.ok;
}

interface Place {
  readonly path: string;
  readonly logPath: string;
  readonly feedLength: number;
}

type Answer = object | undefined;

async function answered(command: ReadCommand, place: Place): Promise<{ position: number; answer: Answer }> {
  const { openProjectionBuild: open } = await import('../../embedded/parity/projection-build.ts');
  const { what, key, limit } = command;
  async function from(build: { position(): number; close(): Promise<void> }, ask: () => Promise<Answer>) {
    try {
      return { position: build.position(), answer: await ask() };
    } finally {
      await build.close();
    }
  }
  switch (what) {
    case 'feed':
    case 'yubl': {
      const build = open('feed', place);
      const { feed, yubl } = build.feeds;
      return from(build, () => (what === 'yubl' ? yubl(key) : pageOf(feed(key, { limit }), cursors.feed)));
    }
    case 'user':
    case 'followers':
    case 'following': {
      const build = open('relationships', place);
      const { relationships } = build;
      return from(build, () =>
        what === 'user'
          ? relationships.user(key).then(withCounts)
          : pageOf(relationships[what](key, { limit }), cursors[what]),
      );
    }
    case 'search-users':
    case 'search-yubls': {
      const build = open('search', place);
      const { users, yubls } = build.search;
      return from(build, () =>
        what === 'search-users'
          ? pageOf(users(key, { limit }), cursors.userSearch)
          : pageOf(yubls(key, { limit }), cursors.yublSearch),
      );
    }
  }
}

async function pageOf<Item, Cursor>(reading: Promise<Page<Item, Cursor>>, codec: CursorCodec<Cursor>): Promise<Answer> {
  const { items, next } = await reading;
  return { items, next: next === undefined ? null : codec.encode(next) };
}

// As the API has it, but for the count of yubls: the feed's file has that, which may stand elsewhere.
function withCounts(user: { followers: number; following: number } | undefined): Answer {
  if (user === undefined) return undefined;
  const { followers, following, ...rest } = user;
  return { ...rest, counts: { followers, following } };
}

function answerLines(answer: object): string[] {
  if (!('items' in answer)) return Object.entries(answer).map(([name, value]) => `  ${name.padEnd(10)} ${said(value)}`);
  const items = answer.items as object[];
  if (items.length === 0) return ['  nothing'];
  return items.map((item) => `  ${Object.values(item).map(said).join('  ')}`);
}

function said(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
