import { openProjectionKeys } from '../../../adapters/embedded/projection/keys.ts';
import { defined } from '../../../events/defined.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { type Comparison, type ComparisonRequest, compareVersion, type Sample } from '../../parity/comparison.ts';
import { parityOf } from '../../projections/registry.ts';
import { sampledPlaces } from '../../parity/sampling.ts';
import { openBuild, type OpenedBuild } from './opened-build.ts';

export interface ParityOptions extends ComparisonRequest {
  readonly projection: ProjectionName;
  /** The file of the projection, live or not. */
  readonly path: string;
  /** Default: the log in the same folder. Explains the differences. */
  readonly logPath?: string;
  readonly feedLength: number;
}

export interface ParityReport extends Comparison {
  readonly projection: ProjectionName;
  readonly against: string;
  /** The projection's position when the comparison began. */
  readonly position: number;
}

/** Compares a projection's file with another system. Rejects as `compareVersion` does. */
export async function comparePath(options: ParityOptions): Promise<ParityReport> {
  const { projection, path, logPath, feedLength, ...request } = options;
  const rules = await parityOf(projection);
  const build = await openBuild(projection, { path, feedLength, ...defined({ logPath }) });
  try {
    const position = build.position();
    const version = { ...build, rules, keys: (sample?: Sample) => keysOf(build, sample) };
    return { projection, against: request.against, position, ...(await compareVersion(version, request)) };
  } finally {
    await build.close();
  }
}

function* keysOf({ path, projection }: OpenedBuild, sample: Sample | undefined): Generator<string> {
  const keys = openProjectionKeys(path, projection.keys);
  try {
    const chosen = sample && sampledPlaces(keys.count(), sample);
    let place = 0;
    for (const key of keys.all()) {
      if (chosen?.has(place) !== false) yield key;
      place += 1;
    }
  } finally {
    keys.close();
  }
}
