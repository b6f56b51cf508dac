import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { startBuild } from '../apps/embedded/rebuild/builds.ts';
import { type ProjectionName, projectionNames } from '../ports/progress.ts';
import type { Rebuilt } from './rebuild.ts';

// Builds projections of a folder's log in a process of its own, so that its memory and its time are its own as well.
const [folder = '', names = ''] = process.argv.slice(2);
const paths = dataFolder(folder);
const start = performance.now();
const builds = await startBuild({
  projections: names.split(',') as ProjectionName[],
  logPath: paths.log,
  paths: Object.fromEntries(projectionNames.map((name) => [name, paths.projection(name)])) as Record<
    ProjectionName,
    string
  >,
  settings: { feedLength: 800, celebrityFollowers: 1_000_000 },
  upTo: Infinity,
  replayId: 'bench',
  onError: 'stop',
  onProgress: () => {},
  signal: new AbortController().signal,
});
const { user, system } = process.cpuUsage();
const rebuilt: Rebuilt = {
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  feedEntries: builds.feed.feedEntries,
  position: builds.feed.position,
};
process.stdout.write(JSON.stringify(rebuilt));
