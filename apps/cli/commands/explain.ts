import { defined } from '../../../events/defined.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { explainAnswer } from '../engines/builds.ts';
import { explanationLines } from '../explanation-text.ts';
import { exitCodes } from '../failure.ts';
import { formatCount, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface ExplainCommand {
  readonly projection: ProjectionName;
  /** A user id and optionally a yubl id or another user id; for search, the query. */
  readonly words: readonly string[];
  readonly limit: number;
  readonly build?: string;
}

/** Explains a projection's answer from the log: which events caused a row, or its absence. */
export async function explain(command: ExplainCommand, { terminal, json }: CommandContext): Promise<number> {
  const { projection } = command;
  const { position, head, explanations, note } = await explainAnswer(projection, command.build, command);
  const document = { projection, of: command.words, position, head, explanations };
  if (json) {
    await terminal.print(JSON.stringify({ ...document, ...defined({ note }) }));
    return exitCodes.ok;
  }
  const behind = position < head ? `; the log continues to ${formatCount(head)}` : '';
  const lines = explanations.flatMap((explanation) => ['', ...explanationLines(explanation, terminal)]);
  const noteLines = note === undefined ? [] : ['', printable(note)];
  await terminal.print(
    [`${projection} at position ${formatCount(position)}${behind}`, ...lines, ...noteLines].join('\n'),
  );
  return exitCodes.ok;
}
