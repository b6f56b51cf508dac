import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProjectionKeys } from '../../../adapters/embedded/projection/keys.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { compareAll, type ParityTally } from '../../../replay/parity.ts';
import { inOrder } from '../../../resilience/pool.ts';
import { type AskLegacy, legacyApi, requireTemplate } from './legacy-api.ts';
import { exportAnswers } from './legacy-export.ts';
import { openProjectionBuild, type ProjectionBuild } from './projection-build.ts';
import type { ParityRules } from '../projection.ts';
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
  const build = await openProjectionBuild(projection, place);
  const { parity } = build.inspection;
  try {
    const position = build.position();
    const ours = parity.compare(build.reader, build.past, feedLength);
    const { newest, ignoreOrder, onKey, signal, differencesMax = DIFFERENCES_MAX } = options;
    const ask = isUrl(against) ? askerOf(options, parity) : undefined;
    const answers =
      ask === undefined ? exportAnswers(against, { parity, ...defined({ sample }) }) : apiAnswers(build, sample, ask);
    const tally = await compareAll(ours, answers, {
      differencesMax,
      ...defined({ newest, ignoreOrder, onKey, signal }),
      ...(ask !== undefined && { again: askedLater(ask) }),
    });
    return { projection, against, position, ...defined({ sample }), ...tally };
  } finally {
    await build.close();
  }
}

type Sample = { readonly size: number; readonly seed: number } | undefined;

// As many items of a list as another system is asked for.
const LIST_ITEMS_MAX = 1_000_000;

function askerOf({ against, signal, newest, feedLength }: ParityOptions, parity: ParityRules<object>): AskLegacy {
  const authorization = process.env['FIGTREE_PARITY_AUTHORIZATION'];
  return legacyApi({
    template: against,
    parity,
    itemsMax: newest ?? parity.itemsMax?.(feedLength) ?? LIST_ITEMS_MAX,
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

async function* apiAnswers({ path, projection, inspection }: ProjectionBuild, sample: Sample, ask: AskLegacy) {
  const keys = openProjectionKeys(path, projection.keys);
  try {
    const chosen = sample && sampledPlaces(keys.count(), sample);
    yield* inOrder(askable(keys.all(), inspection.parity, chosen), ask, ASKED_AT_ONCE);
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

function* askable(
  keys: Iterable<string>,
  { questionOf = (key) => key }: Pick<ParityRules<object>, 'questionOf'>,
  chosen: ReadonlySet<number> | undefined,
): Generator<string> {
  let place = 0;
  for (const key of keys) {
    const question = chosen?.has(place) === false ? '' : questionOf(key);
    if (question !== '') yield question;
    place += 1;
  }
}
