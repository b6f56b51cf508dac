import type { RebuildSteps } from '../../../engine/rebuild/run.ts';
import { noteVerified, passGate, type VerifiedProjection } from '../../../engine/rebuild/verification.ts';
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

/** Audits the new tables, and the next time compares them with another system, while nothing writes them. In between and afterwards
 *  the stream is followed again, so that the answers compared are as new as they can be. */
async function verify({ state, version, options, settled, report, signal }: AwsRebuildWork) {
  const verified: VerifiedProjection = { ...state.verified, name: state.projection };
  if (verified.verification === undefined) {
    let audited = 0;
    const onItems = (count: number) => report({ audited: (audited += count) });
    const found = await version.audit({ signal, onItems });
    // Another process may have taken over and written meanwhile.
    if (signal.aborted) return undefined;
    noteVerified(verified, found, { version: state.version });
  } else if (options.gate !== undefined) {
    const compared = await version.compare(options.gate, signal);
    if (signal.aborted) return undefined;
    passGate(verified, options.gate, compared);
  }
  await settled();
  state.verified = verified;
  return 'stream';
}
