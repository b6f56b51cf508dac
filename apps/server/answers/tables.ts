import { FigtreeError } from '../../../events/errors.ts';
import {
  inputOfKey,
  inputOfUser,
  pathParameters,
  type Query,
  type TableReader,
} from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { refuseInvalid } from '../parameters.ts';
import type { ProjectionAnswers, QueryInput } from '../projection-api.ts';
import { answering, placeCursor } from '../table-answers.ts';

/** The queries of a projection of tables, for `figtree read`. */
export function tableAnswers({ name, queries }: OpenTableProjection): ProjectionAnswers<TableReader> {
  const answers = [...queries].map(([question, query]) => {
    const answered = answering(query, placeCursor(name, question));
    const answer: ProjectionAnswers<TableReader>[string] = async (reader, { key, input, limit }) => {
      const parsed =
        input === undefined ? inputOfKey(query, key) : query.input.safeParse(valuesOf(question, query, input));
      refuseInvalid(parsed);
      const found = await reader.ask(question, inputOfUser(query, parsed.data ?? {}), { limit });
      return found === undefined ? undefined : answered(found);
    };
    return [question, answer] as const;
  });
  return Object.fromEntries(answers);
}

/** Throws REQUEST_INVALID, which names the parameters, if they are others than the query has. */
function valuesOf(question: string, { path, input }: Query, { keys, further }: QueryInput): Record<string, string> {
  const parameters = pathParameters(path);
  if (keys.length !== parameters.length) {
    const needed = parameters.length === 0 ? 'no key' : parameters.join(' ');
    throw new FigtreeError('REQUEST_INVALID', `${question} needs: ${needed}`);
  }
  const optional = Object.keys(input.shape).filter((field) => !parameters.includes(field));
  for (const name of Object.keys(further)) {
    if (optional.includes(name)) continue;
    const choice = optional.length === 0 ? 'it has none' : `choose ${optional.join(', ')}`;
    throw new FigtreeError('REQUEST_INVALID', `${question} has no optional parameter ${name}: ${choice}`);
  }
  const entries = parameters.flatMap((parameter, index) => {
    const value = keys[index];
    return value === undefined ? [] : [[parameter, value] as const];
  });
  return { ...further, ...Object.fromEntries(entries) };
}
