import { inputOfKey, type Query, type TableReader } from '../../../projections/tables/queries.ts';
import type { OpenTableProjection } from '../../../consumers/tables/open-projection.ts';
import { refuseInvalid } from '../parameters.ts';
import type { ProjectionAnswers } from '../projection-api.ts';
import { answering, placeCursor } from '../table-answers.ts';

/** The queries of a projection of tables, for `figtree read`: see `inputOfKey`. */
export function tableAnswers({ name, queries }: OpenTableProjection): ProjectionAnswers<TableReader> {
  const answers = [...queries].map(([question, query]) => {
    const answered = answering(query, placeCursor(name, question));
    const answer: ProjectionAnswers<TableReader>[string] = async (reader, { key, limit }) => {
      const found = await reader.ask(question, inputOf(query, key), { limit });
      return found === undefined ? undefined : answered(found);
    };
    return [question, answer] as const;
  });
  return Object.fromEntries(answers);
}

function inputOf(query: Query, key: string): object {
  const parsed = inputOfKey(query, key);
  refuseInvalid(parsed);
  return parsed.data ?? {};
}
