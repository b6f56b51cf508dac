import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { Past } from '../../replay/causes.ts';
import { compareAll, type ComparisonOptions, type ParityTally } from '../../replay/parity.ts';
import { inOrder } from '../../resilience/pool.ts';
import { type AskLegacy, legacyApi, requireTemplate } from './legacy-api.ts';
import { exportAnswers } from './legacy-export.ts';
import type { ParityRules } from './rules.ts';

export interface ComparisonRequest {
  /** An export's path, or the URL of the other system's API with {key} in it. */
  readonly against: string;
  /** The number of keys, at random; absent: all. */
  readonly sample?: number;
  /** Default: any. */
  readonly seed?: number;
  /** The number of items that are compared at the start of each list. */
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
  /** Differences told in full. */
  readonly differencesMax?: number;
  readonly signal?: AbortSignal;
  readonly onKey?: (keys: number) => void;
}

/** One version of a projection, opened to be compared. */
export interface ComparedVersion {
  readonly rules: ParityRules;
  readonly reader: object;
  /** Explains the differences; without it they are only named. */
  readonly past?: Past;
  readonly feedLength: number;
  /** What was written a second ago may not be read yet. */
  readonly readsLag?: boolean;
  /** Its keys, or a sample of them. */
  keys(sample?: Sample): Iterable<string> | AsyncIterable<string>;
}

/** From the same seed come the same keys. */
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

/** Compares a version of a projection with what another system says: its export, or its API, which is then asked for the keys of
 *  the projection, with the token of the environment. Rejects with REQUEST_INVALID or FILE_UNREADABLE; what single keys fail by is
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
    ...defined({ newest, ignoreOrder, onKey, signal }),
    ...defined({ again: againOf(ask, version) }),
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

// What is on its way from the other system to this one arrives meanwhile, and what lags is read. Where much differs it is neither.
const ARRIVES_MS = 250;
const LAG_MS = 1500;
const WAITS_MAX = 100;

/** Asks once more about a key that differs. What an export says stays the same. */
function againOf(ask: AskLegacy | undefined, { readsLag = false }: ComparedVersion): ComparisonOptions['again'] {
  if (ask === undefined && !readsLag) return undefined;
  let waits = 0;
  return async (answer) => {
    waits += 1;
    if (waits <= WAITS_MAX) await sleep(readsLag ? LAG_MS : ARRIVES_MS);
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

/** Whether there is anything to compare with, for callers that work for long before they do. REQUEST_INVALID, FILE_UNREADABLE. */
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
