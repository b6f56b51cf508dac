import { FigtreeError } from '../../../events/errors.ts';
import { projections } from '../../projections/registry.ts';
import { exitCodes } from '../failure.ts';
import { withBuild } from '../engines/builds.ts';
import { formatCount, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ReadCommand {
  /** One of the queries of the projections' APIs. */
  readonly what: string;
  /** One for each parameter of the path of a query. */
  readonly keys: readonly string[];
  /** Optional parameters by name. */
  readonly further: Readonly<Record<string, string>>;
  readonly build?: string;
  readonly limit: number;
}

/** Prints the answer of a projection's file, and its position in the log: without a server, or beside it. Throws
 *  NOT_FOUND where the API does. */
export async function read(command: ReadCommand, { terminal, json }: CommandContext): Promise<number> {
  const asked = projections.find(({ api }) => api?.questions.includes(command.what));
  const answer = (await asked?.api?.answers())?.[command.what];
  if (asked === undefined || answer === undefined) throw new Error(`nothing answers ${command.what}`);
  const question = questionOf(command, asked.tables !== undefined);
  const { path, position, answered } = await withBuild(asked.name, command.build, async (build) => ({
    path: build.path,
    position: build.position(),
    answered: await answer(build.reader, question),
  }));
  if (answered === undefined) {
    throw new FigtreeError(
      'NOT_FOUND',
      `there is no ${[command.what, ...command.keys.map(printable)].join(' ')} at position ${position}`,
    );
  }
  if (json) await terminal.print(JSON.stringify({ position, file: path, answer: answered }));
  else await terminal.print([`position ${formatCount(position)}, ${path}`, '', ...answerLines(answered)].join('\n'));
  return exitCodes.ok;
}

/** Queries of tables have the parameters that they declare; all others have one key. */
function questionOf({ what, keys, further, limit }: ReadCommand, ofTables: boolean) {
  const [key = ''] = keys;
  if (ofTables) return { key, limit, input: { keys, further } };
  const [unknown] = Object.keys(further);
  if (keys.length !== 1) throw new FigtreeError('REQUEST_INVALID', `${what} needs one key`);
  if (unknown !== undefined) throw new FigtreeError('REQUEST_INVALID', `${what} has no optional parameter ${unknown}`);
  return { key, limit };
}

function answerLines(answer: object): string[] {
  if (!('items' in answer))
    return Object.entries(answer).map(([name, value]) => `  ${name.padEnd(10)} ${valueText(value)}`);
  const items = answer.items as object[];
  if (items.length === 0) return ['  nothing'];
  return items.map((item) => `  ${Object.values(item).map(valueText).join('  ')}`);
}

function valueText(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
