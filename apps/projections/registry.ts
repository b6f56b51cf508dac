import { FigtreeError } from '../../events/errors.ts';
import { notifications } from '../../features/notifications/projection.ts';
import { trendingTags } from '../../features/trending-tags/projection.ts';
import { welcomeMail } from '../../features/welcome-mail/projection.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { RegisteredTables } from '../../projections/tables/registered-tables.ts';
import type { ParityRules } from '../parity/rules.ts';
import type { ProjectionDefinition } from './definition.ts';
import { feed } from './feed.ts';
import { relationships } from './relationships.ts';
import { search } from './search.ts';
import { tableDefinition } from './table-definition.ts';

/** Every projection, in display order. A new one is one more line here: both engines, the command line and the server
 *  use its definition. */
export const projections = registryOf([
  feed,
  relationships,
  search,
  // Features.
  notifications,
  trendingTags,
  welcomeMail,
]);

export const projectionNames: readonly ProjectionName[] = projections.map(({ name }) => name);

/** Those that are nothing but tables. */
export const tableProjections: readonly RegisteredTables[] = projections.flatMap(({ tables }) => tables ?? []);

/** Throws REQUEST_INVALID if there is none with this name. */
export function projectionNamed(name: ProjectionName): ProjectionDefinition {
  const found = projections.find((projection) => projection.name === name);
  if (found !== undefined) return found;
  throw new FigtreeError('REQUEST_INVALID', `there is no projection ${name}: choose ${choicesFor(name)}`);
}

/** The names to choose from, with the one that is probably meant by a word that is none. */
export function choicesFor(word: string, ...further: readonly string[]): string {
  const [meant] = projectionsMeant(word);
  const choices = [...projectionNames, ...further].join(', ');
  return meant === undefined ? choices : `${choices} (did you mean ${meant.name}?)`;
}

/** Projections that have the word as a query or a folder, or as their name but for hyphens and capitals. */
export function projectionsMeant(word: string): readonly ProjectionDefinition[] {
  const plain = word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const isMeant = ({ name, api, tables }: ProjectionDefinition) =>
    name === plain || api?.questions.includes(word) === true || tables?.source.split('/').at(-2) === word;
  return projections.filter(isMeant);
}

/** The projections that a name selects, which may be `all`. Throws REQUEST_INVALID if there is none. */
export function projectionsNamed(name: string): readonly ProjectionName[] {
  if (name === 'all') return projectionNames;
  if (projectionNames.includes(name)) return [name];
  const message = `there is no projection ${name}: choose ${choicesFor(name, 'all')}`;
  throw new FigtreeError('REQUEST_INVALID', message);
}

/** How it is compared with another system. REQUEST_INVALID if it cannot be. */
export async function parityOf(name: ProjectionName): Promise<ParityRules> {
  const { parity } = projectionNamed(name);
  if (parity !== undefined) return await parity();
  throw new FigtreeError('REQUEST_INVALID', `the projection ${name} cannot be compared with another system`);
}

/** Throws DECLARATION_INVALID if two have the same name or answer the same query. */
export function registryOf(
  registered: readonly (ProjectionDefinition | RegisteredTables)[],
): readonly ProjectionDefinition[] {
  const definitions = registered.map((one) => ('embedded' in one ? one : tableDefinition(one)));
  const taken = new Set<string>();
  const words = definitions.flatMap(({ name, api }) => [
    `name ${name}`,
    ...(api?.questions ?? []).map((what) => `query ${what}`),
  ]);
  for (const word of words) {
    if (taken.has(word)) throw new FigtreeError('DECLARATION_INVALID', `two projections have the ${word}`);
    taken.add(word);
  }
  return definitions;
}
