import { statSync } from 'node:fs';
import { defined } from '../../../events/defined.ts';
import { dataFolder } from '../../../adapters/embedded/files/data-folder.ts';
import { openStoredEvents } from '../../../adapters/embedded/log/stored-events.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import type { Log } from '../../../consumers/runtime/consumer.ts';
import { inCurrentVersions } from '../../../consumers/runtime/current-versions.ts';
import { createProcessor } from '../../../consumers/runtime/processor.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { catalogUpcasters } from '../../../schema-registry/catalog-upcasters.ts';
import { liveStanding } from '../live/live-standing.ts';
import { projectionNamed } from '../../projections/registry.ts';
import type { ProjectionSettings } from '../projection.ts';
import { checkedOptions } from './request.ts';
import type { RebuildRequest } from '../../../engine/rebuild/rebuilds.ts';
import { listRebuilds } from './rebuilds.ts';
import type { ReplayedLog } from '../thread-reading.ts';
import { openWholeLog } from '../parity/whole-log.ts';

/** The estimated work of a rebuild. */
export interface RebuildEstimate {
  readonly upTo: number;
  readonly projections: readonly ProjectionEstimate[];
  readonly seconds: number;
  /** Total size of the new files, in addition to the live ones. */
  readonly bytes: number;
}

export interface ProjectionEstimate {
  readonly name: ProjectionName;
  /** Events that it would receive, by type. */
  readonly events: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Source of the estimated seconds: an earlier rebuild in this folder, or some events that were just applied in memory. */
  readonly secondsFrom: 'earlier rebuild' | 'sample';
  readonly bytes: number;
  readonly bytesFrom: 'live file' | 'sample';
}

export async function estimateRebuild(
  folder: string,
  request: RebuildRequest,
  settings: ProjectionSettings,
): Promise<RebuildEstimate> {
  const { until, archive } = await checkedOptions(folder, request);
  const replayed = { logPath: dataFolder(folder).log, ...defined({ archive }) };
  const { head, countsByType } = await readCounts(replayed, until);
  const upTo = until ?? head;
  const estimates: ProjectionEstimate[] = [];
  for (const name of request.projections) {
    estimates.push(await estimateOf(name, { folder, replayed, upTo, settings, rate: request.rate, countsByType }));
  }
  return {
    upTo,
    projections: estimates,
    // Projections are built concurrently, as far as there are processors.
    seconds: Math.max(0, ...estimates.map(({ seconds }) => seconds)),
    bytes: estimates.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

interface Given {
  readonly folder: string;
  readonly replayed: ReplayedLog;
  readonly upTo: number;
  readonly settings: ProjectionSettings;
  readonly rate: number | undefined;
  readonly countsByType: Readonly<Record<string, number>>;
}

async function estimateOf(name: ProjectionName, given: Given): Promise<ProjectionEstimate> {
  const { folder, upTo, rate = Infinity } = given;
  const sample = await measure(name, given);
  const earlier = earlierSpeed(folder, name);
  const speed = earlier ?? sample.positionsPerSecond;
  const live = liveStanding(dataFolder(folder), name);
  const liveBytes = live === undefined || live.position === 0 ? undefined : sizeOf(dataFolder(folder).projection(name));
  const bytesPerPosition = liveBytes === undefined ? sample.bytesPerPosition : liveBytes / (live?.position ?? 1);
  const events = Object.entries(given.countsByType).filter(([type]) => sample.types.includes(type));
  return {
    name,
    events: Object.fromEntries(events),
    seconds: upTo === 0 ? 0 : Math.round((upTo / Math.min(speed, rate)) * 100) / 100,
    secondsFrom: earlier === undefined ? 'sample' : 'earlier rebuild',
    bytes: Math.round(bytesPerPosition * upTo),
    bytesFrom: liveBytes === undefined ? 'sample' : 'live file',
  };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

async function readCounts(replayed: ReplayedLog, until: number | undefined) {
  const stored = openStoredEvents(replayed.logPath);
  try {
    const head = stored.head();
    const upTo = until ?? head;
    const inLog = stored.countsByType(upTo);
    const whole = replayed.archive === undefined && Object.values(inLog).reduce((sum, one) => sum + one, 0) === upTo;
    return { head, countsByType: whole ? inLog : await countAll(replayed, upTo) };
  } finally {
    stored.close();
  }
}

const PAGE_EVENTS = 1000;

/** Counts the events of the log and of the archive; the archive has no index and is read completely. */
async function countAll(replayed: ReplayedLog, upTo: number): Promise<Record<string, number>> {
  const log = openWholeLog(replayed);
  const counts: Record<string, number> = {};
  try {
    for (let after = 0; after < upTo;) {
      const { events, position } = await log.read({ after, upTo, limit: PAGE_EVENTS });
      for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
      after = position;
    }
    return counts;
  } finally {
    await log.close();
  }
}

/** Positions per second of the last rebuild without a rate limit. */
function earlierSpeed(folder: string, name: ProjectionName): number | undefined {
  for (const { stage, seconds, options, projections: built } of listRebuilds(folder)) {
    const position = built.find((projection) => projection.name === name)?.position ?? 0;
    const done = stage === 'swapped' || stage === 'built';
    if (done && options.rate === undefined && position > SAMPLE_POSITIONS && seconds > 0) return position / seconds;
  }
  return undefined;
}

const SAMPLE_POSITIONS = 10_000;
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Measures the speed with the first events of the log, applied in memory. */
async function measure(name: ProjectionName, { replayed, upTo, settings }: Given) {
  const personal = catalogPersonalWords();
  const tracer = createTracer(silent, personal);
  const upcasters = catalogUpcasters();
  const log = inCurrentVersions(openWholeLog(replayed), upcasters);
  const projection = await projectionNamed(name).embedded.load();
  const { file, consumers } = projection.open(':memory:', tracer, settings);
  const replay = { id: 'estimate', active: () => true };
  const processor = createProcessor({
    unit: file,
    consumers,
    log,
    tracer,
    logger: silent,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress: () => {},
    replay,
  });
  try {
    const startedMs = performance.now();
    await processor.catchUp(Math.min(upTo, SAMPLE_POSITIONS));
    const seconds = (performance.now() - startedMs) / 1000;
    const position = Math.max(1, file.checkpoint());
    const { pages } = file.database.prepare('SELECT page_count AS pages FROM pragma_page_count').get() as {
      pages: number;
    };
    const { bytes } = file.database.prepare('SELECT page_size AS bytes FROM pragma_page_size').get() as {
      bytes: number;
    };
    return {
      positionsPerSecond: position / seconds,
      bytesPerPosition: (pages * bytes) / position,
      types: consumers.flatMap(({ on }) => Object.keys(on)),
    };
  } finally {
    await log.close();
    file.close();
  }
}
