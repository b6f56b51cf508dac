import { defined } from '../../../events/defined.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { OpenedBuild } from '../../embedded/parity/opened-build.ts';
import type { ExplainQuestion } from '../../embedded/projection.ts';
import { explanationLines } from '../explanation-text.ts';
import { exitCodes } from '../failure.ts';
import { withBuild } from '../with-build.ts';
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
  const { position, head, explanations, note } = await withBuild(projection, command.build, (build) =>
    explained(build, command),
  );
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

const ATTEMPTS = 3;

async function explained(build: OpenedBuild, question: ExplainQuestion) {
  const explainer = await build.projection.explainer();
  for (let attempt = 1; ; attempt += 1) {
    const position = build.position();
    const explained = await explainer.explain(build, question);
    const doubtful = explained.explanations.some(({ asTheLogSays }) => !asTheLogSays);
    // A live projection may have moved between reading it and reading the log.
    if (doubtful && position !== build.position() && attempt < ATTEMPTS) continue;
    return { position, head: await build.log.head(), ...explained };
  }
}
