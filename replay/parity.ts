import type { Explanation } from './causes.ts';

/** The other system's answer for a key. Fields that it leaves out are not compared. */
export interface TheirAnswer {
  readonly key: string;
  /** It does not know the key. */
  readonly unknown?: true;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly values: Readonly<Record<string, string | number | null>>;
}

/** There was no comparable answer. */
export interface NoAnswer {
  readonly key?: string;
  readonly error: string;
}

/** Our side of a comparison, over the readers of one version of a projection. */
export interface ComparedProjection {
  /** Whether the order of a list is significant. */
  readonly ordered: boolean;
  /** Lists are compared up to this length. */
  readonly lengthMax: number;
  knows(key: string): Promise<boolean>;
  list(key: string, field: string, lengthMax: number): Promise<readonly string[]>;
  /** Undefined if the key is not known. */
  value(key: string, field: string): Promise<string | number | null | undefined>;
  /** Why `id` is in our list, or is not; without `id`, why the key's values are what they are. */
  explain(place: { key: string; field: string; id?: string; there: boolean }): Promise<Explanation>;
}

export const differenceKinds = ['missing-here', 'missing-there', 'order', 'value'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

export interface ParityDifference {
  readonly key: string;
  /** The part of the answer, in the other system's terms. */
  readonly field: string;
  readonly kinds: readonly DifferenceKind[];
  /** Our value and theirs; lists begin at the first difference. */
  readonly ours: Said;
  readonly theirs: Said;
  /** The index of the first difference in a list, from 0. */
  readonly from?: number;
  /** Why our side is as it is, for the first few ids that differ. */
  readonly because: readonly Explanation[];
}

type Said = string | number | null | readonly string[];

export interface ParityTally {
  /** Keys that both sides answered. */
  readonly keys: number;
  readonly matching: number;
  /** Those of the keys that the other side does not know. */
  readonly unknownThere: number;
  /** Rounded down, so that 100 means all; 0 if nothing was compared. */
  readonly matchPercent: number;
  /** The number of keys with each kind of difference. */
  readonly kinds: Readonly<Record<DifferenceKind, number>>;
  /** Keys without an answer from the other side. They count neither as matching nor as differing. */
  readonly errors: { readonly count: number; readonly first: readonly NoAnswer[] };
  /** The first differences, with their causes on our side. */
  readonly differences: readonly ParityDifference[];
}

export interface ComparisonOptions {
  /** Number of differences to report in full. The others are counted. */
  readonly differencesMax: number;
  /** Whether these are explained. Default true. */
  readonly explains?: boolean;
  /** Only this many items of each list are compared, from the first. */
  readonly newest?: number;
  readonly ignoreOrder?: boolean;
  /** Asks once more about a key that differs: both sides may have changed between the two reads. */
  readonly again?: (answer: TheirAnswer) => Promise<TheirAnswer | NoAnswer>;
  readonly onKey?: (keys: number) => void;
  readonly signal?: AbortSignal;
}

const ERRORS_TOLD = 10;

/** Compares a projection with the other system's answers, one at a time: memory does not grow with their number. */
export async function compareAll(
  ours: ComparedProjection,
  answers: AsyncIterable<TheirAnswer | NoAnswer>,
  options: ComparisonOptions,
): Promise<ParityTally> {
  const kinds: Record<DifferenceKind, number> = { 'missing-here': 0, 'missing-there': 0, order: 0, value: 0 };
  const differences: ParityDifference[] = [];
  const first: NoAnswer[] = [];
  let [keys, matching, errors, unknownThere] = [0, 0, 0, 0];
  for await (const answer of answers) {
    options.signal?.throwIfAborted();
    if ('error' in answer) {
      errors += 1;
      if (first.length < ERRORS_TOLD) first.push(answer);
      continue;
    }
    const found = await differencesOf(ours, answer, options);
    keys += 1;
    if (answer.unknown) unknownThere += 1;
    if (found.length === 0) matching += 1;
    for (const kind of new Set(found.flatMap((difference) => difference.kinds))) kinds[kind] += 1;
    for (const difference of found) {
      if (differences.length >= options.differencesMax) break;
      differences.push(await explained(ours, difference, options));
    }
    options.onKey?.(keys);
  }
  const matchPercent = keys === 0 ? 0 : Math.floor((matching / keys) * 100_000) / 1000;
  return {
    keys,
    matching,
    unknownThere,
    matchPercent,
    kinds,
    errors: { count: errors, first },
    differences,
  };
}

/** Most keys of a hundred that may stay without an answer. */
const ERRORS_MAX_PERCENT = 1;

/** Whether a comparison passes: enough keys match, and nearly all were answered. A gate must not open because the other
 *  side was down, or knew none of the keys. */
export function parityHolds(tally: ParityTally, percent: number): boolean {
  const { keys, matching, errors, unknownThere } = tally;
  if (unknownThere === keys || errors.count * 100 > (keys + errors.count) * ERRORS_MAX_PERCENT) return false;
  return matching * 100 >= keys * percent;
}

interface Found extends Omit<ParityDifference, 'because'> {
  readonly ids: readonly { readonly id?: string; readonly there: boolean }[];
}

async function differencesOf(
  ours: ComparedProjection,
  theirs: TheirAnswer,
  options: ComparisonOptions,
): Promise<Found[]> {
  const found = await compareKey(ours, theirs, options);
  if (found.length === 0 || options.again === undefined) return found;
  const second = await options.again(theirs);
  return 'error' in second ? found : compareKey(ours, second, options);
}

async function compareKey(ours: ComparedProjection, theirs: TheirAnswer, options: ComparisonOptions): Promise<Found[]> {
  const { key } = theirs;
  if (theirs.unknown) {
    if (!(await ours.knows(key))) return [];
    return [{ key, field: 'key', kinds: ['missing-there'], ours: key, theirs: null, ids: [{ there: true }] }];
  }
  const found: (Found | undefined)[] = [];
  for (const [field, ids] of Object.entries(theirs.lists)) {
    found.push(await compareList(ours, { key, field, theirs: ids }, options));
  }
  for (const [field, value] of Object.entries(theirs.values)) {
    const own = await ours.value(key, field);
    if (own === value) continue;
    const kinds = [own === undefined ? 'missing-here' : 'value'] as const;
    found.push({ key, field, kinds, ours: own ?? null, theirs: value, ids: [{ there: own !== undefined }] });
  }
  return found.filter((difference) => difference !== undefined);
}

// If our list is longer, the count of items missing in it is no longer exact.
const READ_BEYOND = 1000;
const IDS_SHOWN = 5;
const IDS_EXPLAINED = 3;

interface TheirList {
  readonly key: string;
  readonly field: string;
  readonly theirs: readonly string[];
}

async function compareList(
  projection: ComparedProjection,
  { key, field, theirs: all }: TheirList,
  { newest = Infinity, ignoreOrder = false }: ComparisonOptions,
): Promise<Found | undefined> {
  const lengthMax = Math.min(newest, projection.lengthMax);
  const theirs = all.slice(0, lengthMax);
  const wanted = projection.ordered ? Math.min(lengthMax, theirs.length) + READ_BEYOND : lengthMax;
  const read = await projection.list(key, field, wanted);
  const ours = read.slice(0, lengthMax);
  // A missing item moves another one into the compared part: that one is no difference of its own if the other side
  // knows it.
  const [here, there] = [new Set(read), new Set(all)];
  const missingHere = theirs.filter((id) => !here.has(id));
  const missingThere = ours.filter((id) => !there.has(id));
  const from = partingOf(ours, theirs);
  const ordered = projection.ordered && !ignoreOrder;
  const someMissing = missingHere.length > 0 || missingThere.length > 0;
  const otherOrder = ordered && !(someMissing ? sameOrder(ours, theirs) : same(ours, theirs));
  const kinds: DifferenceKind[] = [
    ...(missingHere.length > 0 ? (['missing-here'] as const) : []),
    ...(missingThere.length > 0 ? (['missing-there'] as const) : []),
    ...(otherOrder ? (['order'] as const) : []),
  ];
  if (kinds.length === 0) return undefined;
  const ids = [
    ...missingHere.slice(0, IDS_EXPLAINED).map((id) => ({ id, there: false })),
    ...missingThere.slice(0, IDS_EXPLAINED).map((id) => ({ id, there: true })),
    ...(otherOrder ? ours.slice(from, from + 2).map((id) => ({ id, there: true })) : []),
  ];
  const excerpt = ordered
    ? [ours.slice(from, from + IDS_SHOWN), theirs.slice(from, from + IDS_SHOWN)]
    : [missingThere.slice(0, IDS_SHOWN), missingHere.slice(0, IDS_SHOWN)];
  const [ourExcerpt = [], theirExcerpt = []] = excerpt;
  return { key, field, kinds, ours: ourExcerpt, theirs: theirExcerpt, ...(ordered && { from }), ids };
}

function partingOf(a: readonly string[], b: readonly string[]): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  return at;
}

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && partingOf(a, b) === a.length;

/** Compares the order of the common items. */
function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  const [inA, inB] = [new Set(a), new Set(b)];
  return same(
    a.filter((id) => inB.has(id)),
    b.filter((id) => inA.has(id)),
  );
}

async function explained(
  ours: ComparedProjection,
  { ids, ...difference }: Found,
  { explains = true }: ComparisonOptions,
): Promise<ParityDifference> {
  if (!explains) return { ...difference, because: [] };
  const { key, field } = difference;
  const because: Explanation[] = [];
  const seen = new Set<string>();
  for (const one of ids) {
    if (one.id !== undefined && seen.has(one.id)) continue;
    if (one.id !== undefined) seen.add(one.id);
    if (because.length < 2 * IDS_EXPLAINED) because.push(await ours.explain({ key, field, ...one }));
  }
  return { ...difference, because };
}
