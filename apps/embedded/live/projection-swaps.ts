import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainFileName, isVersionOf, readLivePointer } from '../../../adapters/embedded/projection/live-pointer.ts';
import { checkProjectionFile } from '../../../adapters/embedded/projection/check.ts';
import { removeOtherVersions } from '../../../adapters/embedded/projection/scrubbing.ts';
import { removeDatabase } from '../../../adapters/embedded/files/sqlite.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed, projectionNames } from '../../projections/registry.ts';
import type { ProjectionVersion } from './projection-version.ts';
import type { SwapRequest, SwapResult } from '../../../engine/swap.ts';
import { pause } from '../../../resilience/clock.ts';
import { type SwapParts, type SwapPlan, swapVersions } from './swap.ts';

/** Replaces live versions without downtime. One swap at a time: SWAP_RUNNING while another one runs. */
export interface ProjectionSwaps {
  /** Makes files live. Rejects with SWAP_REFUSED if one of them cannot become live. */
  swap(request: SwapRequest): Promise<SwapResult>;
  /** Makes the versions before the last swap live again. SWAP_REFUSED if there is none. */
  rollback(request: { readonly projections: readonly ProjectionName[] }): Promise<SwapResult>;
  /** Rebuilds a damaged live version from the log, beside it. Until then, its readable parts are served. */
  heal(version: ProjectionVersion, reason: string): void;
  /** Removes all versions that are not live, and resolves with their paths. Waits for a running swap. */
  forgetOthers(): Promise<string[]>;
  /** Cancels a running swap, and resolves when it has stopped. */
  stop(): Promise<void>;
}

const STALLED_MS_MAX = 60_000;
// After a rollback the previous version may have to catch up a day.
const ROLLBACK_STALLED_MS_MAX = 300_000;
// Healing reads the log from its beginning.
const HEAL_STALLED_MS_MAX = 300_000;
const HEAL_AGAIN_MS = 10_000;

export function openProjectionSwaps(options: Omit<SwapParts, 'refuseIfClosing'>): ProjectionSwaps {
  const { folder, board } = options;
  let closing = false;
  let running: Promise<unknown> | undefined;
  const parts: SwapParts = {
    ...options,
    refuseIfClosing() {
      if (closing) throw new FigtreeError('SHUTTING_DOWN', 'the engine is closing; nothing was swapped');
    },
  };

  async function alone(plan: SwapPlan): Promise<SwapResult> {
    parts.refuseIfClosing();
    if (running !== undefined) throw new FigtreeError('SWAP_RUNNING', 'another swap is in progress');
    try {
      running = swapVersions(parts, plan);
      return await (running as Promise<SwapResult>);
    } finally {
      running = undefined;
    }
  }

  const heal = healer({ ...parts, alone });

  return {
    swap: ({ files, id, stalledMsMax = STALLED_MS_MAX }) =>
      refusing(() => {
        refuseUnfit(folder, files, board.head());
        return alone({ files, id, keepOld: true, stalledMsMax });
      }),
    rollback: ({ projections: names }) =>
      refusing(() => {
        const files = previousFiles(folder, names);
        refuseUnfit(folder, files, board.head());
        const id = `rollback-${new Date().toISOString()}`;
        return alone({ files, id, keepOld: true, stalledMsMax: ROLLBACK_STALLED_MS_MAX });
      }),
    heal,
    async forgetOthers() {
      while (running !== undefined) await running.catch(() => {});
      return removeOtherVersions(folder, projectionNames);
    },
    async stop() {
      closing = true;
      await running?.catch(() => {});
    },
  };
}

type Healing = SwapParts & { readonly alone: (plan: SwapPlan) => Promise<SwapResult> };

function healer({ folder, host, logger, alone }: Healing): ProjectionSwaps['heal'] {
  const healing = new Set<ProjectionName>();

  async function healOnce({ name, file }: ProjectionVersion): Promise<void> {
    const fresh = `${name}-${new Date().toISOString().replaceAll(/[-:.]/g, '')}.db`;
    const plan = { files: { [name]: fresh }, id: `heal-${file}`, keepOld: false, stalledMsMax: HEAL_STALLED_MS_MAX };
    try {
      await alone(plan);
    } catch (error) {
      if (readLivePointer(folder).of(name).live !== fresh) removeDatabase(join(folder, fresh));
      throw error;
    }
  }

  async function healUntilSound(version: ProjectionVersion): Promise<void> {
    while (host.live(version.name) === version) {
      try {
        await healOnce(version);
      } catch (error) {
        if (isFigtreeError(error, 'SHUTTING_DOWN')) return;
        logger.error({ projection: version.name, error }, 'damaged projection cannot be rebuilt yet');
        await pause(HEAL_AGAIN_MS, { ref: false });
      }
    }
  }

  function heal(version: ProjectionVersion, reason: string): void {
    const { name } = version;
    if (healing.has(name) || host.live(name) !== version) return;
    healing.add(name);
    logger.error({ path: join(folder, version.file), reason }, 'projection file is damaged, rebuilding it');
    void healUntilSound(version).finally(() => {
      healing.delete(name);
      // The new version may have been damaged before the work on the old one was over.
      const live = host.live(name);
      const damage = live.damage();
      if (live !== version && damage !== undefined) heal(live, damage);
    });
  }

  return heal;
}

/** Turns a synchronous refusal into a rejection. */
async function refusing(work: () => Promise<SwapResult>): Promise<SwapResult> {
  return work();
}

function previousFiles(folder: string, names: readonly ProjectionName[]): SwapRequest['files'] {
  const pointer = readLivePointer(folder);
  const previous = names.map((name) => {
    const file = pointer.of(name).previous;
    if (file === undefined) throw refusal(`projection ${name} has no previous version`, { projection: name });
    return [name, file] as const;
  });
  return Object.fromEntries(previous);
}

function refuseUnfit(folder: string, files: SwapRequest['files'], head: number): void {
  const pointer = readLivePointer(folder);
  const named = Object.entries(files);
  if (named.length === 0) throw refusal('no projection was named', {});
  for (const [name, file] of named) {
    if (!projectionNames.includes(name)) throw refusal(`there is no projection ${name}`, {});
    const details = { projection: name, file };
    if (!isPlainFileName(file))
      throw refusal('the version to make live is not the name of a file in the folder', details);
    if (!isVersionOf(name, file)) throw refusal(`${file} is not named after ${name}`, details);
    if (file === pointer.of(name).live) throw refusal(`${file} is already live`, details);
    if (statSync(join(folder, file), { throwIfNoEntry: false }) === undefined) {
      throw refusal(`${file} is not in the data folder`, details);
    }
    const found = checkProjectionFile(join(folder, file));
    if (found.state !== 'sound') {
      throw refusal(`${file} is damaged: ${found.state === 'damaged' ? found.reason : 'it is gone'}`, details);
    }
    const { version } = projectionNamed(name).embedded;
    if (found.version !== version) {
      throw refusal(`${file} has version ${found.version}, but this Figtree writes version ${version}`, details);
    }
    if (found.position > head)
      throw refusal(`${file} is at position ${found.position}, but the log ends at ${head}`, details);
  }
}

function refusal(message: string, details: Readonly<Record<string, unknown>>): FigtreeError {
  return new FigtreeError('SWAP_REFUSED', message, details);
}
