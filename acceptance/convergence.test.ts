import { randomRuns } from '../ports/contracts/random-runs.ts';
import { catalogUpcasters } from '../schema-registry/catalog-upcasters.ts';
import { catalogPersonalWords } from '../consumers/runtime/catalog-personal-words.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataFolder } from '../adapters/embedded/files/data-folder.ts';
import { openDurableFile } from '../adapters/embedded/files/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../adapters/embedded/log/event-rows.ts';
import { createProgressBoard } from '../adapters/embedded/projection/progress-board.ts';
import { openSqliteEventLog } from '../adapters/embedded/log/event-log.ts';
import { openEmbeddedEngine } from '../apps/embedded/open-engine.ts';
import type { ProjectionSettings } from '../apps/embedded/projection.ts';
import { knownReaders } from '../apps/projections/known-readers.ts';
import { openLogger } from '../apps/logger.ts';
import { createProcessor } from '../consumers/runtime/processor.ts';
import { createTracer } from '../consumers/runtime/tracer.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { projectionNames, projections } from '../apps/projections/registry.ts';
import { askEngine, type Readers } from './answers.ts';
import { histories, questions } from './histories.ts';
import { naiveAnswers } from './naive-model.ts';

// Only events decide an answer: not the order of arrival, not the threshold from which feeds are pulled, not when the
// engine was started and stopped.

const logger = openLogger({ level: 'error', destination: 2 });

/** The embedded engine without its threads: opens and closes in milliseconds. */
async function openProjections(path: string, settings: ProjectionSettings): Promise<EngineUnderTest> {
  const folder = dataFolder(path);
  const durable = openDurableFile(folder.log, EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(durable);
  const board = createProgressBoard(projectionNames);
  board.setHead(await log.head());
  log.onAppended((head) => board.setHead(head));
  const opening = projections.map(async ({ name, embedded }) => {
    const tracer = createTracer(logger, catalogPersonalWords());
    const projection = await embedded.load();
    const place = { path: folder.projection(name), feedLength: settings.feedLength };
    const { file, consumers } = projection.open(place.path, tracer, settings);
    const processor = createProcessor({
      unit: file,
      consumers,
      log,
      tracer,
      logger,
      upcasters: catalogUpcasters(),
      personal: catalogPersonalWords(),
      headBeyond: board.headBeyond,
      onProgress: (progress) => board.setProgress(name, { ...progress, feedEntries: 0 }),
    });
    void processor.run();
    const reader = projection.openReader(place);
    return {
      name,
      reader,
      async close() {
        await processor.stop();
        await reader.close();
        file.close();
      },
    };
  });
  const running = await Promise.all(opening);
  return {
    readers: knownReaders((name) => running.find((one) => one.name === name)?.reader ?? {}),
    async take(events) {
      await log.append(events);
      for (const name of projectionNames) expect(await board.reached(name, board.head(), 60_000)).toBe(true);
    },
    async close() {
      await Promise.all(running.map(({ close }) => close()));
      await durable.close();
    },
  };
}

async function openEngine(folder: string, settings: ProjectionSettings): Promise<EngineUnderTest> {
  const threadLogs = { level: 'error', destination: 2 } as const;
  const engine = await openEmbeddedEngine({ folder, ...settings, logger, threadLogs });
  return {
    readers: engine,
    async take(events) {
      const items = events.map((event) => ({ text: JSON.stringify(event) }));
      const report = await engine.ingest.take(items, { door: 'events', origin: 'the test' });
      expect(report).toMatchObject({ accepted: events.length, problems: [] });
      const head = await engine.log.head();
      for (const name of projectionNames) expect(await engine.progress.reached(name, head, 60_000)).toBe(true);
    },
    close: () => engine.close(),
  };
}

interface EngineUnderTest {
  readonly readers: Readers;
  /** Resolves once every projection has applied them. */
  take(events: readonly EventEnvelope[]): Promise<void>;
  close(): Promise<void>;
}

const settings: fc.Arbitrary<ProjectionSettings> = fc.record({
  feedLength: fc.constantFrom(1, 3, 100),
  celebrityFollowers: fc.constantFrom(0, 1, 2, 10_000),
});

const lives = fc.record({
  history: histories,
  /** In how many lives of the engine the events arrive, and with which settings in each. */
  settings: fc.array(settings, { minLength: 1, maxLength: 3 }),
  pageLimit: fc.constantFrom(1, 2, 50),
});

type Lives = typeof lives extends fc.Arbitrary<infer Value> ? Value : never;

async function play({ history, settings: each, pageLimit }: Lives, open: typeof openEngine): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-convergence-'));
  const { arrival } = history;
  const portion = Math.ceil(arrival.length / each.length);
  try {
    for (const [life, ofLife] of each.entries()) {
      const engine = await open(folder, ofLife);
      try {
        const expectAnswers = async (events: readonly EventEnvelope[]) => {
          const answers = await askEngine(engine.readers, questions, pageLimit);
          expect(answers).toEqual(naiveAnswers(events, ofLife.feedLength, questions));
        };
        // Earlier events are answered under the new settings as well, before anything else arrives.
        await engine.take([]);
        await expectAnswers(arrival.slice(0, life * portion));
        await engine.take(arrival.slice(life * portion, (life + 1) * portion));
        await expectAnswers(arrival.slice(0, (life + 1) * portion));
      } finally {
        await engine.close();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Ends the search for a smaller counterexample early enough to print it.
const interruptAfterTimeLimit = 20_000;

test('the projections answer as the naive model does, in any arrival, for any threshold, across restarts', async () => {
  const property = fc.asyncProperty(lives, (life) => play(life, openProjections));
  await expect(fc.assert(property, { numRuns: randomRuns(12), interruptAfterTimeLimit })).resolves.toBeUndefined();
});

test('the engine with its threads answers as the naive model does', async () => {
  const property = fc.asyncProperty(lives, (life) => play(life, openEngine));
  await expect(fc.assert(property, { numRuns: randomRuns(2), interruptAfterTimeLimit })).resolves.toBeUndefined();
});
