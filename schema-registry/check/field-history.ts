import type { CanonicalForm } from '../comparison/shape.ts';
import { textOf } from '../comparison/shape.ts';
import { fieldPaths } from '../comparison/field-paths.ts';
import type { Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf } from '../source-files.ts';
import type { FrozenVersion } from './frozen-version.ts';
import { changeRules } from '../comparison/rules.ts';

/** Earlier meanings of field names: a removed name must be reserved, and cannot return with another meaning. */
export function historyFindings(
  { type, version, reserved }: AnyDefinition,
  current: CanonicalForm,
  frozen: readonly FrozenVersion[],
): Finding[] {
  const now = fieldPaths(current);
  const then = frozen
    .filter((each) => each.version < version)
    .toSorted((a, b) => a.version - b.version)
    .map((each) => ({ version: each.version, fields: fieldPaths(each.canonical.reader) }));
  const about = { type, version, file: fileOf(type) };
  const gone = new Map<string, number>();
  for (const each of then) for (const path of each.fields.keys()) if (!now.has(path)) gone.set(path, each.version);
  const removed = [...gone].filter(([path]) => !reserved.includes(path) && !isInside(path, gone));
  return [
    ...removed.map(([path, last]): Finding => ({
      ...about,
      rule: 'FIELD_NOT_RESERVED',
      outcome: 'fails',
      path,
      message: `${path} was removed after version ${last}, and nothing prevents its name from being reused for something else`,
      remedy: `add '${path}' to \`reserved\` in ${about.file}`,
    })),
    ...[...now].flatMap(([path, fields]) => {
      const reuse = reuseOf(path, textOf(fields), then);
      if (reuse === undefined && !(reserved.includes(path) && !then.some((each) => each.fields.has(path)))) return [];
      const message =
        reuse === undefined
          ? `${path} is reserved: it was the name of another field`
          : `${path} differs from what it was in version ${reuse} and was absent in between`;
      const { remedy } = changeRules.FIELD_NAME_REUSED;
      return [{ ...about, rule: 'FIELD_NAME_REUSED', outcome: 'fails' as const, path, message, remedy }];
    }),
  ];
}

/** The last version in which the name meant something else, if it was absent after that. */
function reuseOf(
  path: string,
  text: string,
  then: readonly { readonly version: number; readonly fields: ReturnType<typeof fieldPaths> }[],
): number | undefined {
  const lastWithout = then.findLastIndex((each) => !each.fields.has(path));
  const before = then.slice(0, Math.max(0, lastWithout)).findLast((each) => each.fields.has(path));
  return before === undefined || textOf(before.fields.get(path)) === text ? undefined : before.version;
}

// If an object was removed as a whole, its own name suffices.
function isInside(path: string, gone: ReadonlyMap<string, number>): boolean {
  return [...gone.keys()].some((other) => path.startsWith(`${other}.`) || path.startsWith(`${other}[`));
}
