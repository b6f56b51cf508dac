import type { EventDefinition } from '../events/define-event.ts';
import { FigtreeError } from '../events/errors.ts';
import type { PastVersion } from './past-version.ts';

/** The definitions by the name under which the catalog lists them. */
export type Definitions = Readonly<Record<string, EventDefinition>>;

interface Flaw {
  readonly type: string;
  readonly version: number;
  readonly message: string;
}

/** Throws SCHEMA_INVALID unless every event that may stand in a log has one way to its current version: from each version
 *  exactly one step, always to the next one. So no chain is longer than the number of versions, and none is a circle. */
export function requireSoundVersions(definitions: Definitions, past: readonly PastVersion[]): void {
  const flaws = [
    ...Object.entries(definitions).flatMap(([name, definition]) => flawsOfDefinition(name, definition, definitions)),
    ...past.flatMap((version, index) => flawsOfPast(version, past.slice(0, index), definitions)),
    ...Object.values(definitions).flatMap((definition) => gapsBefore(definition, past)),
  ];
  const [first] = flaws;
  if (first === undefined) return;
  const more = flaws.length > 1 ? ` (and ${flaws.length - 1} more)` : '';
  throw new FigtreeError('SCHEMA_INVALID', first.message + more, { ...first, flaws });
}

const VERSION = 'a version is a whole number from 1';

function flawsOfDefinition(name: string, definition: EventDefinition, definitions: Definitions): Flaw[] {
  const { type, version } = definition;
  const flaw = (message: string): Flaw => ({ type, version, message });
  const flaws: Flaw[] = [];
  if (name !== type) {
    const other = Object.hasOwn(definitions, type) ? ', and so there are two events of one name' : '';
    flaws.push(flaw(`events/catalog.ts lists ${type} under the name ${name}${other}: list it under its own`));
  }
  if (!isVersion(version)) flaws.push(flaw(`${type} is of version ${version}, and ${VERSION}`));
  return [...flaws, ...lifeCycleFlaws(definition, definitions).map(flaw)];
}

function lifeCycleFlaws({ type, status, deprecation }: EventDefinition, definitions: Definitions): string[] {
  if (deprecation === undefined) {
    return status === 'deprecated' ? [`${type} is deprecated: its definition needs deprecation: { sunset }`] : [];
  }
  const { sunset, replacedBy } = deprecation;
  const flaws: string[] = [];
  if (status !== 'deprecated') flaws.push(`${type} is ${status} and has a deprecation: leave out one of the two`);
  if (!isDay(sunset)) {
    flaws.push(`${type} has the sunset ${JSON.stringify(sunset)}: write a day of the calendar as YYYY-MM-DD`);
  }
  if (replacedBy === type) flaws.push(`${type} is replaced by itself: name the event that takes its place`);
  if (replacedBy !== undefined && !Object.hasOwn(definitions, replacedBy)) {
    flaws.push(`${type} is replaced by ${replacedBy}, which is not in the catalog: name an event that is`);
  }
  return flaws;
}

function flawsOfPast(
  { type, version, becomes = [] }: PastVersion,
  before: readonly PastVersion[],
  definitions: Definitions,
): Flaw[] {
  const flaw = (message: string): Flaw => ({ type, version, message });
  const named = `schema-registry/past-versions.ts: version ${version} of ${type}`;
  const current = Object.hasOwn(definitions, type) ? definitions[type] : undefined;
  if (current === undefined)
    return [flaw(`${named} is of an event that the catalog does not have: keep the event, or remove this`)];
  if (!isVersion(version)) return [flaw(`${named} is none: ${VERSION}`)];
  if (version >= current.version) {
    return [
      flaw(`${named} is not past, ${current.version} is current: raise the version in the definition of ${type}`),
    ];
  }
  const flaws: Flaw[] = [];
  if (before.some((other) => other.type === type && other.version === version)) {
    flaws.push(flaw(`${named} is there twice: a version has one way to the next, keep one of them`));
  }
  for (const other of becomes) {
    if (Object.hasOwn(definitions, other)) continue;
    flaws.push(flaw(`${named} becomes ${other}, which is not in the catalog: name an event that is`));
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
    message:
      `version ${version} of ${type} is missing, ${current} is current: add schema-registry/past/${type}-${version}.ts ` +
      `with its schema and its step to version ${version + 1}, and name it in schema-registry/past-versions.ts`,
  }));
}

function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 1;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
