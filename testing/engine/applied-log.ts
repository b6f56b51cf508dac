import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { openLogger } from '../../apps/logger.ts';
import type { EmbeddedProjection, ProjectionSettings } from '../../apps/embedded/projection.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';

export const SETTINGS: ProjectionSettings = { feedLength: 100, celebrityFollowers: 10 };

export interface AppliedLog {
  readonly logPath: string;
  /** The projection's file. */
  readonly path: string;
  readonly replayId: string;
  readonly upTo?: number;
  /** Default: SETTINGS. */
  readonly settings?: ProjectionSettings;
  /** Default: stop. */
  readonly onError?: 'stop' | 'park';
}

/** Applies a log to a projection's file, event by event; an existing file is continued. Returns the checkpoint. */
export async function applyLog(
  part: Pick<EmbeddedProjection, 'open'>,
  { logPath, path, replayId, upTo = Infinity, settings = SETTINGS, onError = 'stop' }: AppliedLog,
): Promise<number> {
  const logger = openLogger({ level: onError === 'park' ? 'silent' : 'error', destination: 2 });
  const personal = catalogPersonalWords();
  const tracer = createTracer(logger, personal);
  const upcasters = catalogUpcasters();
  const log = inCurrentVersions(openSqliteEventLogReader(logPath), upcasters);
  const { file, consumers } = part.open(path, tracer, settings);
  const processor = createProcessor({
    unit: file,
    consumers,
    log,
    tracer,
    logger,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress() {},
    onError,
    replay: { id: replayId, active: () => true },
  });
  try {
    await processor.catchUp(Math.min(upTo, await log.head()));
    return file.checkpoint();
  } finally {
    file.close();
    await log.close();
  }
}
