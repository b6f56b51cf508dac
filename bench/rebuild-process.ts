import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { startBuild } from '../apps/embedded/rebuild/builds.ts';

/** What a process reports about its rebuild. */
export interface Rebuilt {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly feedEntries: number;
  readonly position: number;
}

// Builds projections of a folder's log in a separate process, to measure its memory and time.
const [folder = '', names = ''] = process.argv.slice(2);
const paths = dataFolder(folder);
const start = performance.now();
const builds = await startBuild({
  projections: new Map(names.split(',').map((name) => [name, paths.projection(name)])),
  logPath: paths.log,
  settings: { feedLength: 800, celebrityFollowers: 1_000_000 },
  upTo: Infinity,
  replayId: 'bench',
  onError: 'stop',
  onProgress: () => {},
  signal: new AbortController().signal,
});
const feed = builds.get('feed');
const { user, system } = process.cpuUsage();
const rebuilt: Rebuilt = {
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  feedEntries: feed?.feedEntries ?? 0,
  position: feed?.position ?? 0,
};
process.stdout.write(JSON.stringify(rebuilt));
