import { join } from 'node:path';
import { dataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { projectionNamed } from '../../apps/projections/registry.ts';
import { defined } from '../../events/defined.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { applyLog } from './applied-log.ts';

export interface OtherVersion {
  readonly name: ProjectionName;
  readonly file: string;
  readonly upTo?: number;
}

/** Builds another version of a projection beside the live one, event by event, up to a position of the log; what stands in the
 *  file already is continued from. */
export async function buildVersion(folder: string, { name, file, upTo }: OtherVersion): Promise<void> {
  const part = await projectionNamed(name).embedded.load();
  const path = join(folder, file);
  await applyLog(part, { logPath: dataFolder(folder).log, path, replayId: file, ...defined({ upTo }) });
}
