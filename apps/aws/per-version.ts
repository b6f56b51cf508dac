import type { ProjectionName } from '../../ports/progress.ts';
import type { LiveVersions } from './live-versions.ts';

/** Opens the resources of a version when it first becomes live, and keeps them: a function lives for hours and sees few
 *  versions. */
export function perVersion<Opened>(
  versions: Pick<LiveVersions, 'live'>,
  projection: ProjectionName,
  open: (version: string) => Opened,
): () => Promise<Opened> {
  const opened = new Map<string, Opened>();
  return async () => {
    const version = await versions.live(projection);
    let known = opened.get(version);
    if (known === undefined) opened.set(version, (known = open(version)));
    return known;
  };
}
