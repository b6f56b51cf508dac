import type { ProjectionName } from '../../../ports/progress.ts';
import { openAwsForCommand } from '../../aws/open-aws.ts';
import { type AwsParked, openParked } from '../../aws/parked.ts';

/** The keys of a projection that an event has stopped, in the installation that the environment names. CONFIG_INVALID
 *  if it names none. */
export async function openStoppedKeys(projection: ProjectionName): Promise<AwsParked> {
  return openParked(await openAwsForCommand(), projection);
}
