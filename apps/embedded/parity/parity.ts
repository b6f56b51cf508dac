import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProjectionKeys } from '../../../adapters/embedded/projection/keys.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { foldWords } from '../../../projections/search/folded-text.ts';
import { comparedFeed, comparedRelationships, comparedSearch } from '../../../replay/compared-projections.ts';
import { type ComparedProjection, compareAll, type ParityTally } from '../../../replay/parity.ts';
import { askedAtOnce, type AskLegacy, legacyApi, requireTemplate } from './legacy-api.ts';
import { exportAnswers } from './legacy-export.ts';
import { openProjectionBuild } from './projection-build.ts';
import { sampledPlaces } from './sampling.ts';

export interface ParityOptions {
  readonly projection: ProjectionName;
  /** The file of the projection, live or not. */
  readonly path: string;
  /** Default: the log in the same folder. Explains the differences. */
  readonly logPath?: string;
  /** An export's path, or the URL of the other system's API with {key} in it. */
  readonly against: string;
  /** So many keys at random; absent: all. */
  readonly sample?: number;
  /** Default: any. */
  readonly seed?: number;
  readonly feedLength: number;
  /** Of lists, so many of the first are compared. */
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
  /** Differences told in full. */
  readonly differencesMax?: number;
  readonly signal?: AbortSignal;
  readonly onKey?: (keys: number) => void;
}

export interface ParityReport extends ParityTally {
  readonly projection: ProjectionName;
  readonly against: string;
  /** Where the projection stood when the comparison began. */
  readonly position: number;
  /** Of the same seed come the same keys. */
  readonly sample?: { readonly size: number; readonly seed: number };
}

const DIFFERENCES_MAX = 20;
const ASKED_AT_ONCE = 8;
const SEEDS = 2 ** 32;

/** Compares a projection's file with what another system says: its export, or its API, which is then asked for the keys of
 *  the projection, with the token of the environment. Rejects with REQUEST_INVALID or FILE_UNREADABLE; what single keys fail by is counted. */
export async function comparePath(options: ParityOptions): Promise<ParityReport> {
  const { projection, path, against, feedLength } = options;
  const place = { path, feedLength, ...defined({ logPath: options.logPath }) };
  const seed = options.seed ?? Math.floor(Math.random() * SEEDS);
  const sample = options.sample === undefined ? undefined : { size: options.sample, seed };
  const { ours, position, close } = openCompared(projection, place);
  try {
    const { newest, ignoreOrder, onKey, signal, differencesMax = DIFFERENCES_MAX } = options;
    const ask = isUrl(against) ? askerOf(options) : undefined;
    const answers =
      ask === undefined
        ? exportAnswers(against, { projection, ...defined({ sample }) })
        : apiAnswers(options, sample, ask);
    const tally = await compareAll(ours, answers, {
      differencesMax,
      ...defined({ newest, ignoreOrder, onKey, signal }),
      ...(ask !== undefined && { again: askedLater(ask) }),
    });
    return { projection, against, position, ...defined({ sample }), ...tally };
  } finally {
    await close();
  }
}

interface Compared {
  readonly ours: ComparedProjection;
  readonly position: number;
  close(): Promise<void>;
}

type Place = Parameters<typeof openProjectionBuild>[1];

function openCompared(projection: ProjectionName, place: Place): Compared {
  if (projection === 'feed') {
    const build = openProjectionBuild('feed', place);
    return compared(build, comparedFeed(build.feeds, build.past, place.feedLength));
  }
  if (projection === 'relationships') {
    const build = openProjectionBuild('relationships', place);
    return compared(build, comparedRelationships(build.relationships, build.past));
  }
  const build = openProjectionBuild('search', place);
  return compared(build, comparedSearch(build.search, build.past));
}

function compared(build: { position(): number; close(): Promise<void> }, ours: ComparedProjection): Compared {
  return { ours, position: build.position(), close: () => build.close() };
}

type Sample = { readonly size: number; readonly seed: number } | undefined;

// As many as are compared at most.
const LIST_ITEMS_MAX = 1_000_000;

function askerOf({ projection, against, signal, newest, feedLength }: ParityOptions): AskLegacy {
  const authorization = process.env['FIGTREE_PARITY_AUTHORIZATION'];
  return legacyApi({
    template: against,
    projection,
    itemsMax: newest ?? (projection === 'feed' ? feedLength : LIST_ITEMS_MAX),
    ...(authorization && { authorization }),
    ...defined({ signal }),
  });
}

// What is on its way from the other system to this one arrives meanwhile. Where much differs it is not that.
const LATER_MS = 250;
const WAITS_MAX = 100;

function askedLater(ask: AskLegacy): AskLegacy {
  let waits = 0;
  return async (key) => {
    waits += 1;
    if (waits <= WAITS_MAX) await sleep(LATER_MS);
    return ask(key);
  };
}

async function* apiAnswers({ projection, path }: ParityOptions, sample: Sample, ask: AskLegacy) {
  const keys = openProjectionKeys(path, projection);
  try {
    const chosen = sample && sampledPlaces(keys.count(), sample);
    yield* askedAtOnce(askable(keys.all(), { projection, chosen }), ask, ASKED_AT_ONCE);
  } finally {
    keys.close();
  }
}

/** Whether there is anything to compare with, for those who work for long before they do. REQUEST_INVALID, FILE_UNREADABLE. */
export function requireOtherSide(against: string): void {
  if (isUrl(against)) requireTemplate(against);
  else if (!existsSync(against)) {
    throw new FigtreeError('FILE_UNREADABLE', `cannot read ${against}: there is no such file`, { path: against });
  }
}

// An export may lie at a path with a colon; a URL names what it is asked by.
function isUrl(against: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(against);
}

const QUERY_CHARACTERS_MAX = 40;

interface Choice {
  readonly projection: ProjectionName;
  readonly chosen: ReadonlySet<number> | undefined;
}

function* askable(keys: Iterable<string>, { projection, chosen }: Choice): Generator<string> {
  let place = 0;
  for (const key of keys) {
    if (chosen?.has(place) !== false) {
      const asked = projection === 'search' ? queryOf(key) : key;
      if (asked !== '') yield asked;
    }
    place += 1;
  }
}

/** A name or a short text as it is; of a long text the longest word, which few others have. */
function queryOf(text: string): string {
  if (text.length <= QUERY_CHARACTERS_MAX) return text.trim();
  const words = foldWords(text).split(' ');
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}
