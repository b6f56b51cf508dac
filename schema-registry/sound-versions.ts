import type { EventDefinition } from '../events/define-event.ts';
import { FigtreeError } from '../events/errors.ts';
import type { PastVersion } from './past-version.ts';
import { CATALOG_FILE, fileOf, PAST_LIST, pastFileOf } from './source-files.ts';

/** The definitions by the name under which the catalog lists them. */
export type Definitions = Readonly<Record<string, EventDefinition>>;

/** A flaw that makes every reading of a log unreliable. */
export interface Flaw {
  readonly type: string;
  readonly version: number;
  /** Relative to the project's root. */
  readonly file: string;
  /** The place in it. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** Throws SCHEMA_INVALID unless every event that may be in a log has one way to its current version: exactly one step
 *  from each version, always to the next one. So no chain is longer than the number of versions, and none is a
 *  cycle. */
export function requireSoundVersions(definitions: Definitions, past: readonly PastVersion[]): void {
  const flaws = flawsOf(definitions, past);
  const [first] = flaws;
  if (first === undefined) return;
  const more = flaws.length > 1 ? ` (and ${flaws.length - 1} more)` : '';
  throw new FigtreeError('SCHEMA_INVALID', `${first.message}: ${first.remedy}${more}`, { ...first, flaws });
}

/** Everything that prevents startup with these versions. */
export function flawsOf(definitions: Definitions, past: readonly PastVersion[]): Flaw[] {
  return [
    ...Object.entries(definitions).flatMap(([name, definition]) => flawsOfDefinition(name, definition, definitions)),
    ...past.flatMap((version, index) => flawsOfPast(version, past.slice(0, index), definitions)),
    ...Object.values(definitions).flatMap((definition) => gapsBefore(definition, past)),
  ];
}

const VERSION = 'use a positive integer';

type Said = readonly [path: string, message: string, remedy: string];

function flawsOfDefinition(name: string, definition: EventDefinition, definitions: Definitions): Flaw[] {
  const { type, version } = definition;
  const flaws: Flaw[] = [];
  if (name !== type) {
    const other = Object.hasOwn(definitions, type) ? ', so two events have the same name' : '';
    const message = `the catalog lists ${type} under the name ${name}${other}`;
    flaws.push({ type, version, file: CATALOG_FILE, path: name, message, remedy: 'list it under its own name' });
  }
  const said = lifeCycleFlaws(definition, definitions);
  if (!isVersion(version)) said.unshift(['version', `${type} has version ${version}`, VERSION]);
  const file = fileOf(type);
  return [...flaws, ...said.map(([path, message, remedy]) => ({ type, version, file, path, message, remedy }))];
}

function lifeCycleFlaws({ type, status, deprecation }: EventDefinition, definitions: Definitions): Said[] {
  if (deprecation === undefined) {
    return status === 'deprecated'
      ? [['deprecation', `${type} is deprecated without details`, 'its definition needs deprecation: { sunset }']]
      : [];
  }
  const { sunset, replacedBy } = deprecation;
  const at = 'deprecation.replacedBy';
  const flaws: Said[] = [];
  if (status !== 'deprecated') {
    flaws.push(['status', `${type} is ${status} but has a deprecation`, 'remove one of the two']);
  }
  if (!isDay(sunset)) {
    const message = `${type} has the sunset ${JSON.stringify(sunset)}`;
    flaws.push(['deprecation.sunset', message, 'use a calendar date as YYYY-MM-DD']);
  }
  if (replacedBy === type) {
    flaws.push([at, `${type} is replaced by itself`, 'name the event that takes its place']);
  }
  if (replacedBy !== undefined && !Object.hasOwn(definitions, replacedBy)) {
    flaws.push([
      at,
      `${type} is replaced by ${replacedBy}, which is not in the catalog`,
      'name an event that is in it',
    ]);
  }
  return flaws;
}

function flawsOfPast(
  { type, version, becomes = [] }: PastVersion,
  before: readonly PastVersion[],
  definitions: Definitions,
): Flaw[] {
  const about = { type, version, file: isVersion(version) ? pastFileOf(type, version) : PAST_LIST };
  const named = `past version ${version} of ${type}`;
  const current = Object.hasOwn(definitions, type) ? definitions[type] : undefined;
  if (current === undefined) {
    const message = `${named} belongs to an event that is not in the catalog`;
    return [{ ...about, path: 'type', message, remedy: 'keep the event, or remove this version' }];
  }
  if (!isVersion(version))
    return [{ ...about, path: 'version', message: `${named} is not a version`, remedy: VERSION }];
  if (version >= current.version) {
    const message = `${named} is not past, ${current.version} is current`;
    return [{ ...about, path: 'version', message, remedy: `raise the version in ${fileOf(type)}` }];
  }
  const flaws: Flaw[] = [];
  if (before.some((other) => other.type === type && other.version === version)) {
    const remedy = 'a version has one step to the next: keep one of them';
    flaws.push({ ...about, file: PAST_LIST, path: 'version', message: `${named} is declared twice`, remedy });
  }
  for (const other of becomes) {
    if (Object.hasOwn(definitions, other)) continue;
    const message = `${named} becomes ${other}, which is not in the catalog`;
    flaws.push({ ...about, path: 'becomes', message, remedy: 'name an event that is in it' });
  }
  return flaws;
}

function gapsBefore({ type, version: current }: EventDefinition, past: readonly PastVersion[]): Flaw[] {
  if (!isVersion(current)) return [];
  const known = new Set(past.filter((one) => one.type === type).map(({ version }) => version));
  const gaps = Array.from({ length: current - 1 }, (_, index) => index + 1).filter((version) => !known.has(version));
  return gaps.map((version) => ({
    type,
    version,
    file: PAST_LIST,
    path: '',
    message: `version ${version} of ${type} is missing, ${current} is current`,
    remedy:
      `add ${pastFileOf(type, version)} with its schema and its step to version ${version + 1}, ` +
      `and name it in ${PAST_LIST}`,
  }));
}

/** True if the flaw is that a version is missing. */
export function isGap({ file, path }: Flaw): boolean {
  return file === PAST_LIST && path === '';
}

function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 1;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
