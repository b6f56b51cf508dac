import { dataFolder, requireLog } from '../../../adapters/embedded/files/data-folder.ts';
import type { RebuildRequest } from '../../../engine/rebuild/rebuilds.ts';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { positionAt } from '../../../replay/position-at.ts';
import type { RebuildOptions } from '../../../engine/rebuild/state.ts';
import { checkedGate } from '../../parity/gate.ts';
import { openWholeLog } from '../parity/whole-log.ts';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Converts a request to the options of a rebuild. Throws REQUEST_INVALID for invalid or contradictory settings, DATA_MISSING if
 *  there is no log. */
export async function checkedOptions(folder: string, request: RebuildRequest): Promise<RebuildOptions> {
  const { swap, onError, rate, archive } = request;
  if (request.gate !== undefined && !swap) {
    throw refused('--promote-at decides about the swap, so it cannot be combined with --no-swap');
  }
  const gate = checkedGate(request.gate ?? {});
  if (request.until !== undefined && swap)
    throw refused('--until builds a past state, which cannot go live: add --no-swap');
  const until = request.until === undefined ? undefined : await positionOf(folder, request.until, archive);
  requireLog(folder);
  return {
    swap,
    onError,
    ...defined({ until, rate, gate, archive }),
  };
}

async function positionOf(folder: string, until: string, archive?: string): Promise<number> {
  requireLog(folder);
  const logPath = dataFolder(folder).log;
  const log = openWholeLog({ logPath, ...defined({ archive }) });
  try {
    if (/^\d{1,15}$/.test(until)) {
      const head = await log.head();
      if (Number(until) <= head) return Number(until);
      throw refused(`--until ${until} is beyond the end of the log (${head})`);
    }
    const instantMs = Date.parse(until);
    if (!INSTANT.test(until) || Number.isNaN(instantMs)) {
      throw refused('--until takes a position or an instant such as 2026-11-25T01:15:00Z');
    }
    return await positionAt(log, instantMs);
  } finally {
    await log.close();
  }
}

function refused(message: string): FigtreeError {
  return new FigtreeError('REQUEST_INVALID', message);
}
