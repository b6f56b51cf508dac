import { Argument, InvalidArgumentError } from 'commander';
import { choicesFor, projectionNames, projections, projectionsMeant } from '../projections/registry.ts';

/** The name of a projection on the command line. */
export function projectionArgument(flags: string, description: string): Argument {
  return new Argument(flags, description).choices(projectionNames).argParser((word) => {
    if (projectionNames.includes(word)) return word;
    throw new InvalidArgumentError(`Allowed choices are ${choicesFor(word)}.`);
  });
}

/** The name of a query. */
export function queryArgument(flags: string, description: string): Argument {
  const queries = projections.flatMap(({ api }) => api?.questions ?? []);
  return new Argument(flags, description).choices(queries).argParser((word) => {
    if (queries.includes(word)) return word;
    const meant = projectionsMeant(word).flatMap(({ api }) => api?.questions ?? []);
    const hint = meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`;
    throw new InvalidArgumentError(`Allowed choices are ${queries.join(', ')}${hint}.`);
  });
}
