import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { dataFolder } from '../../adapters/embedded/files/data-folder.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { projectionNamed } from '../../apps/projections/registry.ts';
import { openLogger } from '../../apps/logger.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';

export interface Built {
  /** Until the file was closed, with everything in place. */
  readonly seconds: number;
  readonly feedEntries: number;
}

/** Runs a projection's consumers over the whole log of a data folder, as its thread does when it has much to catch
 *  up. */
export async function buildProjection(
  name: ProjectionName,
  folder: string,
  celebrityFollowers: number,
): Promise<Built> {
  const paths = dataFolder(folder);
  const logger = openLogger({ level: 'warn', destination: 2 });
  const tracer = createTracer(logger, catalogPersonalWords());
  const log = inCurrentVersions(openSqliteEventLogReader(paths.log), catalogUpcasters());
  const head = await log.head();
  const start = performance.now();
  const part = await projectionNamed(name).embedded.load();
  const projection = part.open(paths.projection(name), tracer, { feedLength: 800, celebrityFollowers });
  await new Promise<void>((resolve) => {
    const processor = createProcessor({
      unit: projection.file,
      consumers: projection.consumers,
      log,
      tracer,
      logger,
      upcasters: catalogUpcasters(),
      personal: catalogPersonalWords(),
      headBeyond: (position) => Promise.resolve(position < head),
      onProgress: ({ position }) => position >= head && void processor.stop().then(resolve),
    });
    void processor.run();
  });
  const feedEntries = projection.feedEntries?.() ?? 0;
  projection.file.close();
  await log.close();
  return { seconds: (performance.now() - start) / 1000, feedEntries };
}
