import type { ProjectionName } from '../../ports/progress.ts';
import type { OpenedBuild } from '../embedded/parity/opened-build.ts';
import { readConfig } from './open-data.ts';

/** Opens the live file of a projection, or the named one, and closes it afterwards. */
export async function withBuild<Result>(
  projection: ProjectionName,
  file: string | undefined,
  work: (build: OpenedBuild) => Promise<Result>,
): Promise<Result> {
  const config = await readConfig();
  const { buildPath, openBuild } = await import('../embedded/parity/opened-build.ts');
  const path = buildPath(config.data, projection, file);
  const place = { path, logPath: `${config.data}/log.db`, feedLength: config.feedLength };
  const build = await openBuild(projection, place);
  try {
    return await work(build);
  } finally {
    await build.close();
  }
}
