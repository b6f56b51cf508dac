import { join } from 'node:path';
import { dataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openLogger } from '../../apps/logger.ts';
import type { ProjectionSettings } from '../../apps/embedded/projection.ts';
import { projectionNamed } from '../../apps/projections/registry.ts';

export const SETTINGS: ProjectionSettings = { feedLength: 100, celebrityFollowers: 10 };

export interface OtherVersion {
  readonly name: ProjectionName;
  readonly file: string;
  readonly upTo?: number;
}

/** Builds another version of a projection beside the live one, event by event, up to a position of the log; what stands in the
 *  file already is gone on from. */
export async function buildVersion(folder: string, { name, file, upTo = Infinity }: OtherVersion): Promise<void> {
  const logger = openLogger({ level: 'error', destination: 2 });
  const personal = catalogPersonalWords();
  const tracer = createTracer(logger, personal);
  const upcasters = catalogUpcasters();
  const log = inCurrentVersions(openSqliteEventLogReader(dataFolder(folder).log), upcasters);
  const part = await projectionNamed(name).embedded.load();
  const projection = part.open(join(folder, file), tracer, SETTINGS);
  const processor = createProcessor({
    unit: projection.file,
    consumers: projection.consumers,
    log,
    tracer,
    logger,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress() {},
    onError: 'stop',
    replay: { id: file, active: () => true },
  });
  await processor.catchUp(Math.min(upTo, await log.head()));
  projection.file.close();
  await log.close();
}
