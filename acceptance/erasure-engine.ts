import type { Engine } from '../engine/engine.ts';
import { openEmbeddedEngine } from '../apps/embedded/open-engine.ts';
import { openLogger } from '../apps/logger.ts';
import { caughtUp } from './swap-load.ts';

/** With or without person keys. */
export function openSealing(folder: string, personKeys: boolean): Promise<Engine> {
  const logger = openLogger({ level: 'error', destination: 2 });
  const threadLogs = { level: 'error', destination: 2 } as const;
  return openEmbeddedEngine({ folder, feedLength: 100, celebrityFollowers: 2, personKeys, logger, threadLogs });
}

/** Ingests the events and waits until they are applied. */
export async function takeEvents(engine: Engine, events: readonly unknown[]) {
  const items = events.map((event) => ({ text: JSON.stringify(event) }));
  const report = await engine.ingest.take(items, { door: 'events', origin: 'the test' });
  await caughtUp(engine);
  return report;
}
