import type { SideName } from './canonical-form.ts';
import { misfits } from './containment.ts';
import type { Misfit } from './misfit.ts';
import { namedChanges } from './named-changes.ts';
import { opened } from './object-containment.ts';
import { changeRules, severityOf, type ChangeRule, type Outcome, type Severity } from './rules.ts';
import type { CanonicalForm } from './shape.ts';
import type { NamedChange } from './named-change.ts';

/** Both sides of a version, and whether its events were parsed before publishing. */
export interface VersionForm {
  readonly canonical: Readonly<Record<SideName, CanonicalForm>>;
  readonly published: 'validated' | 'unvalidated';
}

export type { Outcome };

export interface Change {
  readonly rule: ChangeRule;
  readonly severity: Severity;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  /** Whether events of the old version can still be read. */
  readonly replay: Outcome;
  /** Whether subscribers that run the old version can read what is published now. */
  readonly subscribers: Outcome;
}

export interface Comparison {
  readonly replay: Outcome;
  readonly subscribers: Outcome;
  readonly changes: readonly Change[];
}

/** Compares a version with a later one: output of the old one with input of the new one (replay), and output of the new
 *  one with input of the old one (running subscribers). Never two schemas of the same side. */
export function compareVersions(before: VersionForm, after: VersionForm): Comparison {
  const replay = misfits(writerOf(before), after.canonical.reader);
  const subscribers = misfits(writerOf(after), before.canonical.reader);
  const named = namedChanges(before.canonical.reader, after.canonical.reader);
  const changes = [...named, ...unnamed(named, replay, subscribers)];
  return {
    replay: outcomeOf(replay),
    subscribers: outcomeOf(subscribers),
    changes: changes.map((change) => judged(change, { all: changes, replay, subscribers })),
  };
}

export function writerOf({ canonical, published }: VersionForm): CanonicalForm {
  const { shape, recursive } = canonical.writer;
  if (published === 'validated') return canonical.writer;
  const behind = Object.entries(recursive ?? {}).map(([name, held]) => [name, opened(held)]);
  return { shape: opened(shape), ...(recursive !== undefined && { recursive: Object.fromEntries(behind) }) };
}

export function outcomeOf(found: readonly Misfit[]): Outcome {
  if (found.some((misfit) => misfit.certain)) return 'breaks';
  return found.length === 0 ? 'safe' : 'unproven';
}

function canBreak(rule: ChangeRule, what: 'replay' | 'subscribers'): boolean {
  return (changeRules[rule].breaks as readonly string[]).includes(what);
}

/** How well a change explains a misfit: the longer its path the better; undefined if it does not. */
function closeness(change: NamedChange, misfit: Misfit, what: 'replay' | 'subscribers'): number | undefined {
  if (!canBreak(change.rule, what)) return undefined;
  const covers = [change.path, ...(change.to === undefined ? [] : [change.to])].some((path) =>
    holds(path, misfit.path),
  );
  return covers ? change.path.length : undefined;
}

function holds(outer: string, inner: string): boolean {
  return outer === '' || outer === inner || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)));
}

function explained(changes: readonly NamedChange[], misfit: Misfit, what: 'replay' | 'subscribers'): NamedChange[] {
  const ranked = changes.map((change) => ({ change, rank: closeness(change, misfit, what) }));
  const best = Math.max(...ranked.map(({ rank }) => rank ?? -1));
  return best < 0 ? [] : ranked.filter(({ rank }) => rank === best).map(({ change }) => change);
}

// Misfits without a rule are reported all the same, because the verdict depends on the misfits.
function unnamed(
  named: readonly NamedChange[],
  replay: readonly Misfit[],
  subscribers: readonly Misfit[],
): NamedChange[] {
  const of = (found: readonly Misfit[], what: 'replay' | 'subscribers') =>
    found.filter((misfit) => explained(named, misfit, what).length === 0);
  const left = Map.groupBy([...of(replay, 'replay'), ...of(subscribers, 'subscribers')], ({ path }) => path);
  return [...left].map(([path, found]) =>
    found.some(({ certain }) => certain)
      ? { rule: 'TYPE_CHANGED', path, says: 'is written or read differently' }
      : { rule: 'REFINEMENT_CHANGED', path, says: 'is written or read as only code decides' },
  );
}

interface Context {
  readonly all: readonly NamedChange[];
  readonly replay: readonly Misfit[];
  readonly subscribers: readonly Misfit[];
}

function judged(change: NamedChange, { all, replay, subscribers }: Context): Change {
  const mine = (found: readonly Misfit[], what: 'replay' | 'subscribers') =>
    found.filter((misfit) => explained(all, misfit, what).includes(change));
  const [old, running] = [mine(replay, 'replay'), mine(subscribers, 'subscribers')];
  const rule = old.some(({ topic }) => topic === 'shadow') ? shadowing(change.rule) : change.rule;
  const outcomes = { replay: outcomeOf(old), subscribers: outcomeOf(running) };
  return {
    rule,
    severity: severityOf(rule, Object.values(outcomes)),
    path: change.path,
    message: `${change.path === '' ? 'the whole' : change.path} ${change.says}${reasons(old, running)}`,
    remedy: changeRules[rule].remedy,
    ...outcomes,
  };
}

function shadowing(rule: ChangeRule): ChangeRule {
  return rule === 'FIELD_ADDED_OPTIONAL' || rule === 'FIELD_ADDED_DEFAULTED' ? 'FIELD_ADDED_SHADOWS_UNDECLARED' : rule;
}

function reasons(old: readonly Misfit[], running: readonly Misfit[]): string {
  const told = [
    ...old.slice(0, 1).map(({ says }) => `old events may hold ${says}`),
    ...running.slice(0, 1).map(({ says }) => `older subscribers may be sent ${says}`),
  ];
  return told.length === 0 ? '' : `; ${told.join('; ')}`;
}
