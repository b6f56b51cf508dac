import type { RebuildSteps } from '../../../engine/rebuild/run.ts';
import { noteVerified, passGate, type VerifiedProjection } from '../../../engine/rebuild/verification.ts';
import { defined } from '../../../events/defined.ts';
import { applyArchive } from './archive.ts';
import type { AwsRebuildStage } from './state.ts';
import { followStream } from './stream.ts';
import type { AwsRebuildWork } from './work.ts';

/** The stages of a rebuild on AWS. */
export function rebuildSteps(work: AwsRebuildWork): RebuildSteps<AwsRebuildStage> {
  return {
    tables: () => createTables(work),
    archive: () => applyArchive(work),
    stream: () => followStream(work),
    verify: () => verify(work),
    settling: () => followStream(work),
  };
}

async function createTables({ version }: AwsRebuildWork): Promise<'archive'> {
  await version.createTables();
  return 'archive';
}

/** Audits the new tables and compares them with another system, while nothing writes them. What arrives meanwhile is in the stream,
 *  which is followed again before they go live. */
async function verify({ state, version, options: { gate }, settled, signal }: AwsRebuildWork) {
  const verified: VerifiedProjection = { name: state.projection };
  noteVerified(verified, await version.audit(), { version: state.version });
  if (signal.aborted) return undefined;
  if (gate !== undefined) passGate(verified, gate, await version.compare(gate, signal));
  await settled();
  Object.assign(state, { verified, ...defined({ gate }) });
  return 'stream';
}
