import { isSame, type Field, type ObjectShape } from './shape.ts';
import type { NamedChange, Walk } from './named-change.ts';

/** Changes to the fields of an object, and to how it treats other fields. */
export function fieldChanges(a: ObjectShape, b: ObjectShape, walk: Walk): NamedChange[] {
  const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
  const removed = names.filter((name) => b.fields[name] === undefined);
  const added = names.filter((name) => a.fields[name] === undefined);
  const renames = renamesOf({ a, b, removed, added });
  const renamed = new Set(renames.flat());
  return [
    ...restChanges(a, b, walk),
    ...renames.map(([from, to]) => renameOf(from, to, walk.path)),
    ...removed.filter((name) => !renamed.has(name)).map((name) => removal(name, a.fields[name], walk.path)),
    ...added.filter((name) => !renamed.has(name)).map((name) => addition(name, b.fields[name], walk.path)),
    ...names.flatMap((name) => {
      const [before, after] = [a.fields[name], b.fields[name]];
      if (before === undefined || after === undefined) return [];
      const path = inside(walk.path, name);
      return [...requiredChanges(before, after, path), ...walk.changesOf(before.shape, after.shape, { ...walk, path })];
    }),
  ];
}

function inside(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function removal(name: string, field: Field | undefined, path: string): NamedChange {
  const rule = field?.required === true ? 'FIELD_REMOVED_REQUIRED' : 'FIELD_REMOVED_OPTIONAL';
  return { rule, path: inside(path, name), says: 'was removed' };
}

function addition(name: string, field: Field | undefined, path: string): NamedChange {
  const at = inside(path, name);
  if (field?.required === true) return { rule: 'FIELD_ADDED_REQUIRED', path: at, says: 'is new and required' };
  if (field?.shape.default !== undefined)
    return { rule: 'FIELD_ADDED_DEFAULTED', path: at, says: 'is new and has a default' };
  return { rule: 'FIELD_ADDED_OPTIONAL', path: at, says: 'is new and optional' };
}

function requiredChanges(before: Field, after: Field, path: string): NamedChange[] {
  if (before.required === after.required) return [];
  return after.required
    ? [{ rule: 'FIELD_MADE_REQUIRED', path, says: 'is now required' }]
    : [{ rule: 'FIELD_MADE_OPTIONAL', path, says: 'is now optional' }];
}

function renameOf(from: string, to: string, path: string): NamedChange {
  const now = inside(path, to);
  return { rule: 'FIELD_RENAMED', path: inside(path, from), to: now, says: `seems to have been renamed to ${now}` };
}

interface Fields {
  readonly a: ObjectShape;
  readonly b: ObjectShape;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

const ALIKE = 0.3;

// A removed field and an added one with the same meaning: by its shape, and by its name unless it is the only one.
function renamesOf({ a, b, removed, added }: Fields): [string, string][] {
  const left = new Set(added);
  const renames: [string, string][] = [];
  for (const from of removed) {
    const before = a.fields[from];
    const same = [...left].filter(
      (to) => b.fields[to]?.required === before?.required && hasSameMeaning(before, b.fields[to]),
    );
    const [best] = same.toSorted((x, y) => similarity(from, y) - similarity(from, x));
    const only = removed.length === 1 && added.length === 1;
    if (best === undefined || (!only && similarity(from, best) < ALIKE)) continue;
    left.delete(best);
    renames.push([from, best]);
  }
  return renames;
}

function hasSameMeaning(a: Field | undefined, b: Field | undefined): boolean {
  return a !== undefined && b !== undefined && isSame(a.shape, b.shape);
}

/** The share of letter pairs that two names have in common (Sørensen–Dice). */
function similarity(a: string, b: string): number {
  const [one, other] = [pairsOf(a), pairsOf(b)];
  const common = [...one].filter((pair) => other.has(pair)).length;
  return (2 * common) / Math.max(1, one.size + other.size);
}

function pairsOf(name: string): Set<string> {
  const lower = name.toLowerCase();
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, at) => lower.slice(at, at + 2)));
}

const tolerance = { closed: 0, shape: 1, ignored: 2 };

function restChanges(a: ObjectShape, b: ObjectShape, walk: Walk): NamedChange[] {
  const [before, after] = [a.rest, b.rest];
  const { path } = walk;
  if (typeof before !== 'string' && typeof after !== 'string')
    return walk.changesOf(before, after, { ...walk, path: inside(path, '*') });
  if (before === after) return [];
  // Loose is the most tolerant; it also writes what it lets pass.
  const rank = (rest: ObjectShape['rest']) => {
    if (typeof rest === 'string') return tolerance[rest];
    return rest.kind === 'any' ? 3 : tolerance.shape;
  };
  const says = `${restInWords(after)} keys that are not declared, and ${didWith(before)} them before`;
  return [{ rule: rank(after) > rank(before) ? 'READER_LOOSENED' : 'READER_TIGHTENED', path, says }];
}

function restInWords(rest: ObjectShape['rest']): string {
  if (rest === 'closed') return 'refuses';
  return rest === 'ignored' ? 'drops' : 'keeps';
}

function didWith(rest: ObjectShape['rest']): string {
  if (rest === 'closed') return 'refused';
  return rest === 'ignored' ? 'dropped' : 'kept';
}
