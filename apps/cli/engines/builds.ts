import type { ProjectionName } from '../../../ports/progress.ts';
import type { ComparisonRequest } from '../../parity/comparison.ts';
import type { OpenedBuild } from '../../embedded/parity/opened-build.ts';
import type { ParityReport } from '../../embedded/parity/parity.ts';
import type { Explained, ExplainQuestion } from '../../embedded/projection.ts';
import { readConfig } from '../read-config.ts';

export type { ParityReport };

/** Opens the live file of a projection, or the named one, and closes it afterwards. */
export async function withBuild<Result>(
  projection: ProjectionName,
  file: string | undefined,
  work: (build: OpenedBuild) => Promise<Result>,
): Promise<Result> {
  const { openBuild } = await import('../../embedded/parity/opened-build.ts');
  const build = await openBuild(projection, await placeOf(projection, file));
  try {
    return await work(build);
  } finally {
    await build.close();
  }
}

async function placeOf(projection: ProjectionName, file: string | undefined) {
  const { data, feedLength } = await readConfig();
  const { buildPath } = await import('../../embedded/parity/opened-build.ts');
  return { path: buildPath(data, projection, file), logPath: `${data}/log.db`, feedLength };
}

/** Compares a projection's live file, or the named one, with another system. Rejects as `compareVersion` does. */
export async function compareBuild(
  projection: ProjectionName,
  file: string | undefined,
  request: ComparisonRequest,
): Promise<ParityReport> {
  const { comparePath } = await import('../../embedded/parity/parity.ts');
  return comparePath({ ...request, projection, ...(await placeOf(projection, file)) });
}

export interface ExplainedAnswer extends Explained {
  readonly position: number;
  readonly head: number;
}

const ATTEMPTS = 3;

/** Explains an answer of a projection's live file, or of the named one, from the log. */
export async function explainAnswer(
  projection: ProjectionName,
  file: string | undefined,
  question: ExplainQuestion,
): Promise<ExplainedAnswer> {
  return withBuild(projection, file, async (build) => {
    const explainer = await build.projection.explainer();
    for (let attempt = 1; ; attempt += 1) {
      const position = build.position();
      const explained = await explainer.explain(build, question);
      const doubtful = explained.explanations.some(({ asTheLogSays }) => !asTheLogSays);
      // A live projection may have moved between reading it and reading the log.
      if (doubtful && position !== build.position() && attempt < ATTEMPTS) continue;
      return { position, head: await build.log.head(), ...explained };
    }
  });
}
