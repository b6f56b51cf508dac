import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Explanation } from '../../../replay/causes.ts';
import { allOf } from '../../../replay/compared-projections.ts';
import { explainEdge } from '../../../replay/explain-edge.ts';
import { feedExplainer } from '../../../replay/explain-feed.ts';
import { explainFoundUser, explainFoundYubl } from '../../../replay/explain-search.ts';
import { explainUser, userPast } from '../../../replay/explain-user.ts';
import { buildPath, type openProjectionBuild } from '../../embedded/parity/projection-build.ts';
import { explanationLines } from '../explanation-text.ts';
import { exitCodes } from '../failure.ts';
import { readConfig } from '../open-data.ts';
import type { CommandContext } from '../program.ts';
import { formatCount, printable } from '../text-format.ts';

export interface ExplainCommand {
  readonly projection: ProjectionName;
  /** A user id and perhaps a yubl id or another user id; of search, what was typed. */
  readonly words: readonly string[];
  readonly limit: number;
  readonly build?: string;
}

interface Explained {
  readonly explanations: readonly Explanation[];
  /** What is said where there is nothing to explain. */
  readonly note?: string;
}

/** Answers from the log what a projection is asked for: which events made a row, or kept it away. */
export async function explain(command: ExplainCommand, { terminal, json }: CommandContext): Promise<number> {
  const { projection } = command;
  const question = questionOf(command);
  const config = await readConfig();
  const { openProjectionBuild } = await import('../../embedded/parity/projection-build.ts');
  const place: Place = {
    path: buildPath(config.data, projection, command.build),
    logPath: `${config.data}/log.db`,
    feedLength: config.feedLength,
  };
  const { position, head, explanations, note } = await explained(question, place, openProjectionBuild);
  const document = { projection, of: command.words, position, head, explanations };
  if (json) {
    await terminal.print(JSON.stringify({ ...document, ...defined({ note }) }));
    return exitCodes.ok;
  }
  const behind = position < head ? `; the log continues to ${formatCount(head)}` : '';
  const lines = explanations.flatMap((explanation) => ['', ...explanationLines(explanation, terminal)]);
  const said = note === undefined ? [] : ['', printable(note)];
  await terminal.print([`${projection} at position ${formatCount(position)}${behind}`, ...lines, ...said].join('\n'));
  return exitCodes.ok;
}

interface Question {
  readonly projection: ProjectionName;
  readonly what: string;
  readonly other?: string;
  readonly limit: number;
}

function questionOf({ projection, words, limit }: ExplainCommand): Question {
  if (projection === 'search') return { projection, what: words.join(' '), limit };
  const [what = '', other, ...more] = words;
  if (more.length > 0)
    throw new FigtreeError('REQUEST_INVALID', `${more.join(' ')}: ${projection} takes at most two IDs`);
  return { projection, what, ...defined({ other }), limit };
}

type Open = typeof openProjectionBuild;
type Place = Parameters<Open>[1];

const ATTEMPTS = 3;

async function explained(command: Question, place: Place, open: Open) {
  const { build, answer } = opened(command, place, open);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const position = build.position();
      const told = await answer();
      const doubtful = told.explanations.some(({ asTheLogSays }) => !asTheLogSays);
      // A live projection may have moved between the look at it and the look at the log.
      if (doubtful && position !== build.position() && attempt < ATTEMPTS) continue;
      return { position, head: await build.log.head(), ...told };
    }
  } finally {
    await build.close();
  }
}

function opened(command: Question, place: Place, open: Open) {
  if (command.projection === 'feed') {
    const build = open('feed', place);
    return { build, answer: () => ofFeed(build, command, place.feedLength) };
  }
  if (command.projection === 'relationships') {
    const build = open('relationships', place);
    return { build, answer: () => ofRelationships(build, command) };
  }
  const build = open('search', place);
  return { build, answer: () => ofSearch(build, command) };
}

type Build<Name extends ProjectionName> = ReturnType<typeof openProjectionBuild<Name>>;

async function ofFeed(build: Build<'feed'>, command: Question, feedLength: number): Promise<Explained> {
  const { what: userId, other: yublId, limit } = command;
  const explainer = feedExplainer({ ...build, userId, feedLength });
  if (yublId !== undefined) return { explanations: [await explainer.entry(yublId)] };
  const emptiness = await explainer.emptiness();
  if (emptiness !== undefined) return { explanations: [], note: `The feed is empty: ${emptiness}.` };
  return { explanations: await explainer.newest(limit) };
}

async function ofRelationships(build: Build<'relationships'>, command: Question): Promise<Explained> {
  const { what: userId, other, limit } = command;
  const { relationships, past } = build;
  if (other !== undefined) {
    const follows = async (followerId: string, followeeId: string, id: string) => {
      const there = (await relationships.followingSince(followerId, followeeId)) !== undefined;
      const told = await explainEdge(past, { followerId, followeeId, id, there });
      return { ...told, because: `${followerId} → ${followeeId} ${told.because}` };
    };
    return { explanations: [await follows(userId, other, other), await follows(other, userId, userId)] };
  }
  const explanations = [await explainUser(past, userId, (await relationships.user(userId)) !== undefined)];
  for (const field of ['followers', 'following'] as const) {
    for (const { userId: id } of (await relationships[field](userId, { limit })).items) {
      const pair =
        field === 'followers' ? { followerId: id, followeeId: userId } : { followerId: userId, followeeId: id };
      const told = await explainEdge(past, { ...pair, id, there: true });
      explanations.push({ ...told, because: `${pair.followerId} → ${pair.followeeId} ${told.because}` });
    }
  }
  return { explanations };
}

// Of one's own words there are few hits; of one that is not among so many of them nothing is said.
const HITS_LOOKED_AT = 10_000;
const QUERY_CHARACTERS_MAX = 500;

async function ofSearch(build: Build<'search'>, { what, limit }: Question): Promise<Explained> {
  const { search, past } = build;
  if (/^[0-9a-f]{24}$/.test(what)) {
    const posted = (await past.of(what, 'yubl-posted'))[0];
    const isYubl = (await past.of(what, 'yubl-posted', 'yubl-deleted')).length > 0;
    if (isYubl) {
      const text = (posted?.data.text ?? '').slice(0, QUERY_CHARACTERS_MAX);
      const hits = await allOf(search.yubls, text, HITS_LOOKED_AT);
      const there = hits.some(({ yublId }) => yublId === what);
      return { explanations: [await explainFoundYubl(past, { id: what, there })] };
    }
    const { user } = await userPast(past, what);
    const name = user?.userName?.value ?? '';
    const hits = await allOf(search.users, name, HITS_LOOKED_AT);
    const there = hits.some(({ userId }) => userId === what);
    return { explanations: [await explainFoundUser(past, { id: what, there })] };
  }
  const [users, yubls] = [await search.users(what, { limit }), await search.yubls(what, { limit })];
  const explanations: Explanation[] = [];
  for (const { userId } of users.items) {
    explanations.push(await explainFoundUser(past, { id: userId, there: true, query: what }));
  }
  for (const { yublId } of yubls.items) {
    explanations.push(await explainFoundYubl(past, { id: yublId, there: true, query: what }));
  }
  if (explanations.length > 0) return { explanations };
  return {
    explanations,
    note: 'Nothing found: no name begins with this text, and no yubl contains all of these words.',
  };
}
