import { pathParameters, type Query, type TableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { refuseInvalid } from '../parameters.ts';
import type { ProjectionAnswers } from '../projection-api.ts';
import { answered, placeCursor } from '../table-answers.ts';

/** The queries of a projection of tables, for `figtree read`: the key is the parameter of the path. */
export function tableAnswers({ name, queries }: OpenTableProjection): ProjectionAnswers<TableReader> {
  const answers = [...queries].map(([question, query]) => {
    const cursor = placeCursor(name, question);
    const answer: ProjectionAnswers<TableReader>[string] = async (reader, { key, limit }) => {
      const found = await reader.ask(question, inputOf(query, key), { limit });
      return found === undefined ? undefined : answered(query, found, cursor);
    };
    return [question, answer] as const;
  });
  return Object.fromEntries(answers);
}

function inputOf({ path, input }: Query, key: string): object {
  const [parameter = 'key'] = pathParameters(path);
  const parsed = input.safeParse({ [parameter]: key });
  refuseInvalid(parsed);
  return parsed.data ?? {};
}
