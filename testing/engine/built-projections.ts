import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { projections } from '../../apps/projections/registry.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Creates a folder inside `folder` with the events in its log, in this order, and all projections built from them. */
export async function builtProjections(
  folder: string,
  events: readonly RecordedEvent[],
  feedLength: number,
): Promise<string> {
  const own = mkdtempSync(join(folder, 'data-'));
  const file = openLogFile(join(own, 'log.db'));
  const personal = catalogPersonalWords();
  await file.log.append(events.map(({ position: _, recordedtime: __, ...envelope }) => envelope as RecordedEvent));
  const head = await file.log.head();
  for (const { name, embedded } of projections) {
    const settings = { feedLength, celebrityFollowers: 1 };
    const opened = (await embedded.load()).open(join(own, `${name}.db`), createTracer(log, personal), settings);
    const processor = createProcessor({
      unit: opened.file,
      consumers: opened.consumers,
      log: file.log,
      tracer: createTracer(log, personal),
      logger: log,
      upcasters: catalogUpcasters(),
      personal,
      headBeyond: async () => false,
      onProgress() {},
      onError: 'stop',
    });
    await processor.catchUp(head);
    opened.file.close();
  }
  await file.close();
  return own;
}
