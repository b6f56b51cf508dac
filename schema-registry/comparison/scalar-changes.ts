import type { Bound, NumberShape, StringShape, ValuesShape } from './shape.ts';
import { formatIncludes } from './string-formats.ts';
import type { NamedChange } from './named-change.ts';

const MANY = 6;

function listed(values: readonly unknown[]): string {
  const texts = values.slice(0, MANY).map((value) => JSON.stringify(value));
  return values.length > MANY ? `${texts.join(', ')}, …` : texts.join(', ');
}

export function valuesChanges(a: ValuesShape, b: ValuesShape, path: string): NamedChange[] {
  const added = b.values.filter((value) => !a.values.includes(value));
  const removed = a.values.filter((value) => !b.values.includes(value));
  return [
    ...(added.length > 0 ? [{ rule: 'ENUM_WIDENED' as const, path, says: `also accepts ${listed(added)}` }] : []),
    ...(removed.length > 0
      ? [{ rule: 'ENUM_NARROWED' as const, path, says: `no longer accepts ${listed(removed)}` }]
      : []),
  ];
}

function loosened(path: string, says: string): NamedChange {
  return { rule: 'CONSTRAINT_LOOSENED', path, says };
}

function tightened(path: string, says: string): NamedChange {
  return { rule: 'CONSTRAINT_TIGHTENED', path, says };
}

interface Sized {
  readonly min?: number;
  readonly max?: number;
}

export function sizeChanges(a: Sized, b: Sized, { path, what }: { path: string; what: string }): NamedChange[] {
  const [leastBefore, least] = [a.min ?? 0, b.min ?? 0];
  const [mostBefore, most] = [a.max ?? Infinity, b.max ?? Infinity];
  const changes: NamedChange[] = [];
  const says = (word: string, before: number, after: number) =>
    `has ${word} ${after === Infinity ? 'any number of' : after} ${what}, which were ${before === Infinity ? 'any number' : before}`;
  if (leastBefore !== least)
    changes.push((least > leastBefore ? tightened : loosened)(path, says('at least', leastBefore, least)));
  if (mostBefore !== most)
    changes.push((most < mostBefore ? tightened : loosened)(path, says('at most', mostBefore, most)));
  return changes;
}

export function stringChanges(a: StringShape, b: StringShape, path: string): NamedChange[] {
  const changes = sizeChanges(a, b, { path, what: 'characters' });
  for (const pattern of b.patterns ?? [])
    if (a.patterns?.includes(pattern) !== true) changes.push(tightened(path, `matches ${pattern}`));
  for (const pattern of a.patterns ?? [])
    if (b.patterns?.includes(pattern) !== true) changes.push(loosened(path, `no longer has to match ${pattern}`));
  const [formatsBefore, formats] = [a.formats ?? [], b.formats ?? []];
  const covers = (outer: readonly string[], inner: readonly string[]) =>
    outer.every((format) => inner.some((other) => formatIncludes(format, other)));
  const says = `is ${formats.join(' and ') || 'of any format'}, and was ${formatsBefore.join(' and ') || 'of any'}`;
  if (!covers(formats, formatsBefore)) changes.push(tightened(path, says));
  if (!covers(formatsBefore, formats)) changes.push(loosened(path, says));
  return joinedByRule(changes);
}

export function numberChanges(a: NumberShape, b: NumberShape, path: string): NamedChange[] {
  const changes: NamedChange[] = [];
  if (a.integer !== b.integer)
    changes.push(b.integer === true ? tightened(path, 'is whole') : loosened(path, 'no longer has to be whole'));
  changes.push(
    ...boundChanges(reportedBound(a.min), reportedBound(b.min), { path, direction: 1 }),
    ...boundChanges(reportedBound(a.max), reportedBound(b.max), { path, direction: -1 }),
  );
  if (a.multipleOf !== b.multipleOf) {
    const [before, after] = [a.multipleOf ?? 0, b.multipleOf ?? 0];
    const says = after === 0 ? `does not have to be a multiple of ${before}` : `is a multiple of ${after}`;
    if (after !== 0 && !(before !== 0 && Number.isInteger(before / after))) changes.push(tightened(path, says));
    if (before !== 0 && !(after !== 0 && Number.isInteger(after / before))) changes.push(loosened(path, says));
  }
  return joinedByRule(changes);
}

function joinedByRule(changes: readonly NamedChange[]): NamedChange[] {
  const rules = [...new Set(changes.map(({ rule }) => rule))];
  return rules.flatMap((rule) => {
    const same = changes.filter((change) => change.rule === rule);
    const [first] = same;
    return first === undefined ? [] : [{ ...first, says: same.map(({ says }) => says).join(', ') }];
  });
}

// Every z.int() has these two; naming them would be noise.
function reportedBound(bound: Bound | undefined): Bound | undefined {
  return Math.abs(bound?.value ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function boundChanges(
  before: Bound | undefined,
  after: Bound | undefined,
  { path, direction }: { path: string; direction: 1 | -1 },
): NamedChange[] {
  const rank = (bound: Bound | undefined) => (bound === undefined ? -Infinity : bound.value * direction);
  const open = (bound: Bound | undefined) => (bound?.exclusive === true ? 1 : 0);
  const difference = rank(after) === rank(before) ? open(after) - open(before) : rank(after) - rank(before);
  if (difference === 0 || Number.isNaN(difference)) return [];
  const word = direction === 1 ? 'at least' : 'at most';
  const says = (bound: Bound | undefined) =>
    bound === undefined ? 'any' : `${bound.value}${bound.exclusive ? ' (not itself)' : ''}`;
  const sentence = `is ${word} ${says(after)}, which was ${says(before)}`;
  return [difference > 0 ? tightened(path, sentence) : loosened(path, sentence)];
}
