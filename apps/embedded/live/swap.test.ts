import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLivePointer } from '../../../adapters/embedded/projection/live-pointer.ts';
import {
  type Bank,
  createProgressBoard,
  otherBank,
  type ProgressBoard,
} from '../../../adapters/embedded/projection/progress-board.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { openLogger } from '../../logger.ts';
import { openProjectionSwaps } from './projection-swaps.ts';
import type { Candidate, ProjectionHost } from './projection-host.ts';
import type { ProjectionVersion } from './projection-version.ts';
import { swapVersions, type SwapParts } from './swap.ts';

// What the threads of versions do in between, in an order that they hardly ever take. acceptance/swap.test.ts has the rest.

const names = ['notifications', 'trendingtags'] as const;
const logger = openLogger({ level: 'silent', destination: 2 });

let folder: string;
let board: ProgressBoard;
let died: Map<string, Error>;
let damaged: Map<string, string>;
let live: Map<ProjectionName, ProjectionVersion>;
let candidates: ProjectionVersion[];
let stopping: (file: string) => Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-swap-'));
  board = createProgressBoard(names);
  board.setHead(2000);
  died = new Map();
  damaged = new Map();
  live = new Map(names.map((name) => [name, version({ name, file: `${name}.db`, bank: 0, position: 1000 })]));
  candidates = [];
  stopping = async () => {};
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (position: number) => ({ position, feedEntries: 0, parked: 0, stopped: false });

interface Made {
  readonly name: ProjectionName;
  readonly file: string;
  readonly bank: Bank;
  readonly position: number;
}

function version({ name, file, bank, position }: Made): ProjectionVersion {
  const progress = board.bank(name, bank);
  progress.set(at(position));
  return {
    name,
    file,
    bank,
    progress,
    leavesSystem: () => true,
    commitShort: async () => {},
    commitLong() {},
    pause: async () => void died.delete(file),
    resume() {},
    goLive() {},
    death: () => died.get(file),
    damage: () => damaged.get(file),
    ask: async () => undefined,
    stop: () => stopping(file),
  };
}

const liveOf = (name: ProjectionName) => live.get(name) as ProjectionVersion;

/** Candidates begin at the positions of the live versions, but for those that are behind. */
function parts(behind: Readonly<Record<string, number>> = {}): SwapParts {
  const host: ProjectionHost = {
    live: liveOf,
    async startCandidates(asked: readonly Candidate[]) {
      candidates = asked.map(({ name, file }) => {
        const { bank, progress } = liveOf(name);
        const position = progress.progress().position - (behind[name] ?? 0);
        return version({ name, file, bank: otherBank(bank), position });
      });
      return candidates;
    },
    endCandidate: async () => {},
    makeLive(candidate) {
      const old = liveOf(candidate.name);
      board.makeLive(candidate.name, candidate.bank);
      live.set(candidate.name, candidate);
      return old;
    },
    feedEntries: () => 0,
    stop: async () => {},
  };
  const readers = {
    prepare: async () => ({ take: async () => {}, discard: async () => {} }),
  } as unknown as SwapParts['readers'];
  return { folder, board, host, readers, logger, refuseIfClosing() {} };
}

const plan = {
  files: { notifications: 'notifications-2.db', trendingtags: 'trendingtags-2.db' },
  id: 'swap',
  keepOld: true,
  stalledMsMax: 1000,
};
const notifications = () => liveOf('notifications');

test.each([true, false])(
  'an old version that went on after it had met, while another pair still met, is not replaced (kept: %s)',
  async (keepOld) => {
    const swapped = swapVersions(parts({ trendingtags: 10 }), { ...plan, keepOld });
    await expect.poll(() => candidates.length).toBe(2);
    // Its thread has died and was restarted, without a trace that is left.
    notifications().progress.set(at(1100));
    candidates[1]?.progress.set(at(1000));
    await expect(swapped).rejects.toMatchObject({ code: 'NOT_CAUGHT_UP' });
    expect(readLivePointer(folder).of('notifications')).toEqual({ live: 'notifications.db' });
    expect([...live.values()].map(({ file }) => file)).toEqual(['notifications.db', 'trendingtags.db']);
  },
);

test('a candidate that died after it had met does not become live', async () => {
  const swapped = swapVersions(parts({ trendingtags: 10 }), plan);
  await expect.poll(() => candidates.length).toBe(2);
  died.set('notifications-2.db', new Error('its thread died'));
  candidates[1]?.progress.set(at(1000));
  await expect(swapped).rejects.toThrow('its thread died');
  expect(readLivePointer(folder).of('trendingtags')).toEqual({ live: 'trendingtags.db' });
});

test('a version that is damaged while the one before it is still being removed is healed as well', async () => {
  const swaps = openProjectionSwaps(parts());
  const old = Promise.withResolvers<void>();
  stopping = (file) => (file === 'notifications.db' ? old.promise : Promise.resolve());
  swaps.heal(notifications(), 'the first damage');
  await expect.poll(() => notifications().file).not.toBe('notifications.db');
  const second = notifications();
  // Reported once, because its thread is restarted without it.
  damaged.set(second.file, 'the second damage');
  swaps.heal(second, 'the second damage');
  old.resolve();
  await expect.poll(() => notifications().file).not.toBe(second.file);
  await swaps.stop();
});
