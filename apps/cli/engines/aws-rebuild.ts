import { defined } from '../../../events/defined.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { openAwsForCommand } from '../../aws/open-aws.ts';
import { requireComparable } from '../../aws/rebuild/comparing.ts';
import { type AwsRebuildEstimate, estimateRebuildOnAws } from '../../aws/rebuild/dry-run.ts';
import { rebuildPartsOf } from '../../aws/rebuild/open-projection-version.ts';
import { type AwsRebuildOutcome, rebuildOnAws } from '../../aws/rebuild/rebuild.ts';
import type { AwsRebuildState } from '../../aws/rebuild/state.ts';
import type { AwsRebuildOptions, AwsRebuildProgress } from '../../aws/rebuild/work.ts';
import { projectionNamed } from '../../projections/registry.ts';

export type { AwsRebuildEstimate, AwsRebuildProgress, AwsRebuildState };

/** Rebuilds a projection of the installation that the environment names, or rolls it back. Rejects before hours of work
 *  if the rebuild has a gate and the projection cannot be compared. */
export async function rebuildInstallation(options: AwsRebuildOptions): Promise<AwsRebuildOutcome> {
  const aws = await openAwsForCommand();
  if (options.gate !== undefined) await requireComparable(aws, options.projection);
  return rebuildOnAws(rebuildPartsOf(aws), options);
}

export interface AwsEstimateRequest {
  readonly projection: ProjectionName;
  readonly writeUnitsPerSecond?: number;
  readonly signal: AbortSignal;
}

/** The estimated work and cost of a rebuild; nothing is written. */
export async function estimateInstallation(request: AwsEstimateRequest): Promise<AwsRebuildEstimate> {
  const { projection, writeUnitsPerSecond, signal } = request;
  const aws = await openAwsForCommand();
  const { archive, upcasters } = rebuildPartsOf(aws);
  return estimateRebuildOnAws({
    projection,
    part: await projectionNamed(projection).aws.load(),
    archive,
    upcasters,
    settings: aws.settings,
    ...defined({ writeUnitsPerSecond }),
    signal,
  });
}
