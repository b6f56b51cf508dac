import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../adapters/embedded/data-folder.ts';
import { emmettRebuild } from './emmett-rebuild.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { fillLog } from './load/fill-log.ts';
import { ircInput } from './load/inputs.ts';
import { naiveFeeds } from './load/naive-feeds.ts';

/** How long Emmett takes to build the same three read models again from the same events. */
export const emmettRebuildAlone: Benchmark = {
  name: 'emmett-rebuild',
  title: 'Relationships, search and feeds built again by Emmett',
  async run(context) {
    const input = await ircInput(context);
    if (!context.peers) return { input: input.words, figures: [], notes: ['Left out: it is measured with --peers.'] };
    const folder = join(context.folder, 'emmett');
    mkdirSync(folder);
    await fillLog(folder, input.path);
    const naive = await naiveFeeds(input.path, { everyUser: 100 });
    const { figures, notes } = await emmettRebuild(context, { logPath: dataFolder(folder).log, naive });
    return { input: input.words, figures, notes };
  },
};
