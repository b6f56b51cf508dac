import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { projections } from '../../apps/projections/registry.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { applyLog } from './applied-log.ts';

/** Creates a folder inside `folder` with the events in its log, in this order, and all projections built from them. */
export async function builtProjections(
  folder: string,
  events: readonly RecordedEvent[],
  feedLength: number,
): Promise<string> {
  const own = mkdtempSync(join(folder, 'data-'));
  const logPath = join(own, 'log.db');
  const file = openLogFile(logPath);
  await file.log.append(events.map(({ position: _, recordedtime: __, ...envelope }) => envelope as RecordedEvent));
  await file.close();
  const applied = { logPath, replayId: 'built', settings: { feedLength, celebrityFollowers: 1 } };
  for (const { name, embedded } of projections) {
    await applyLog(await embedded.load(), { ...applied, path: join(own, `${name}.db`) });
  }
  return own;
}
