import { existsSync } from 'node:fs';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { Past } from '../../replay/causes.ts';
import { compareAll, type ComparisonOptions, type ParityTally } from '../../replay/parity.ts';
import { pause } from '../../resilience/clock.ts';
import { inOrder } from '../../resilience/pool.ts';
import { type AskLegacy, legacyApi, requireTemplate } from './legacy-api.ts';
import { exportAnswers } from './legacy-export.ts';
import type { ParityRules } from './rules.ts';

export interface ComparisonRequest {
  /** An export's path, or the URL of the other system's API with {key} in it. */
  readonly against: string;
  /** The number of keys, drawn at random; default: all. */
  readonly sample?: number;
  /** Seed of the sample; default: random. */
  readonly seed?: number;
  /** The number of items that are compared at the start of each list. */
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
  /** The maximum number of differences that are reported in full. */
  readonly differencesMax?: number;
  readonly signal?: AbortSignal;
  readonly onKey?: (keys: number) => void;
}

/** One version of a projection, opened for comparison. */
export interface ComparedVersion {
  readonly rules: ParityRules;
  readonly reader: object;
  /** Explains the differences; without it they are only named. */
  readonly past?: Past;
  readonly feedLength: number;
  /** True if reads are eventually consistent. */
  readonly readsLag?: boolean;
  /** Its keys, or a sample of them. */
  keys(sample?: Sample): Iterable<string> | AsyncIterable<string>;
}

/** The same seed selects the same keys. */
export interface Sample {
  readonly size: number;
  readonly seed: number;
}

export interface Comparison extends ParityTally {
  readonly sample?: Sample;
}

const DIFFERENCES_MAX = 20;
const ASKED_AT_ONCE = 8;
const SEEDS = 2 ** 32;

/** Compares a version of a projection with another system's export, or with its API, which is queried for the keys of the
 *  projection with the token from the environment. Rejects with REQUEST_INVALID or FILE_UNREADABLE; failures of single keys are
 *  counted. */
export async function compareVersion(version: ComparedVersion, request: ComparisonRequest): Promise<Comparison> {
  const { rules, reader, past, feedLength } = version;
  const ours = rules.compare(reader, past ?? NO_PAST, feedLength);
  const { against, newest, ignoreOrder, onKey, signal, differencesMax = DIFFERENCES_MAX } = request;
  const seed = request.seed ?? Math.floor(Math.random() * SEEDS);
  const sample = request.sample === undefined ? undefined : { size: request.sample, seed };
  const ask = isUrl(against) ? askerOf(request, version) : undefined;
  const answers =
    ask === undefined
      ? exportAnswers(against, { parity: rules, ...defined({ sample }) })
      : inOrder(askable(version.keys(sample), rules), ask, ASKED_AT_ONCE);
  const tally = await compareAll(ours, answers, {
    differencesMax,
    explains: past !== undefined,
    ...defined({ newest, ignoreOrder, onKey, signal, again: againOf(ask, version) }),
  });
  return { ...defined({ sample }), ...tally };
}

const NO_PAST: Past = { of: () => Promise.resolve([]) };
// As many items of a list as another system is asked for.
const LIST_ITEMS_MAX = 1_000_000;

function askerOf({ against, signal, newest }: ComparisonRequest, { rules, feedLength }: ComparedVersion): AskLegacy {
  const authorization = process.env['FIGTREE_PARITY_AUTHORIZATION'];
  return legacyApi({
    template: against,
    parity: rules,
    itemsMax: newest ?? rules.itemsMax?.(feedLength) ?? LIST_ITEMS_MAX,
    ...(authorization && { authorization }),
    ...defined({ signal }),
  });
}

// A change that is still on its way from the other system arrives during this pause, and a lagging read catches up. If many keys
// differ, the cause is another one, so waits are limited.
const ARRIVES_MS = 250;
const LAG_MS = 1500;
const WAITS_MAX = 100;

/** Returns the function that repeats the question for a key that differs. An export's answer stays the same. */
function againOf(ask: AskLegacy | undefined, { readsLag = false }: ComparedVersion): ComparisonOptions['again'] {
  if (ask === undefined && !readsLag) return undefined;
  let waits = 0;
  return async (answer) => {
    waits += 1;
    if (waits <= WAITS_MAX) await pause(readsLag ? LAG_MS : ARRIVES_MS);
    return ask === undefined ? answer : await ask(answer.key);
  };
}

async function* askable(
  keys: Iterable<string> | AsyncIterable<string>,
  { questionOf = (key) => key }: ParityRules,
): AsyncGenerator<string> {
  for await (const key of keys) {
    const question = questionOf(key);
    if (question !== '') yield question;
  }
}

/** Checks early that there is something to compare with, for callers that compare only after long work. Throws REQUEST_INVALID
 *  or FILE_UNREADABLE. */
export function requireOtherSide(against: string): void {
  if (isUrl(against)) requireTemplate(against);
  else if (!existsSync(against)) {
    throw new FigtreeError('FILE_UNREADABLE', `cannot read ${against}: there is no such file`, { path: against });
  }
}

// The path of an export may contain a colon; only a scheme with "://" makes it a URL.
function isUrl(against: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(against);
}
