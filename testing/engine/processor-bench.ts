import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { openDurableFile } from '../../adapters/embedded/files/durable-file.ts';
import { EVENT_LOG_SCHEMA } from '../../adapters/embedded/log/event-rows.ts';
import { constantBackoff } from '../../resilience/backoff.ts';
import { createProgressBoard } from '../../adapters/embedded/projection/progress-board.ts';
import { openProjectionFile, type ProjectionFile } from '../../adapters/embedded/projection/file.ts';
import { openProjectionProgress } from '../../adapters/embedded/projection/progress.ts';
import { openSqliteEventLog } from '../../adapters/embedded/log/event-log.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import type { Consumer, Log, Note } from '../../consumers/runtime/consumer.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { createProcessor, type Processor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { defined } from '../../events/defined.ts';
import type { EventType } from '../../events/catalog.ts';
import { type Correlation, currentCorrelation } from '../../events/correlation.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import type { ParkedEvent } from '../../ports/parking-lot.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import type { Upcasters } from '../../schema-registry/upcasters.ts';
import type { ProcessorOptions } from '../../consumers/runtime/processor-options.ts';

export type ProcessorBench = ReturnType<typeof openProcessorBench>;

const SCHEMA = `CREATE TABLE IF NOT EXISTS effect (
  number INTEGER PRIMARY KEY, consumer TEXT NOT NULL, event TEXT NOT NULL, key TEXT NOT NULL, filling TEXT);`;

const PARKED = 'position, key, consumer, attempts, error, retry_at_ms AS retryAtMs';

type ParkedColumn = 'key' | 'consumer' | 'attempts' | 'error' | 'retryAtMs';
type Parked = Readonly<Record<ParkedColumn & keyof ParkedEvent, unknown>> & { position: number };
type Effect = { consumer: string; event: string; key: string };
export type Handle = (event: RecordedEvent, write: (filling?: string) => void) => Promise<Note | void> | Note | void;
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly details: Note;
  readonly correlation: Correlation;
}

interface Handles {
  readonly types: readonly EventType[];
  readonly handle: Handle;
  readonly leavesSystem?: true;
}

/** A log and one projection in a separate folder, with consumers that record what they handle. */
export function openProcessorBench() {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-processor-'));
  const path = join(folder, 'projection.db');
  const durable = openDurableFile(join(folder, 'log.db'), EVENT_LOG_SCHEMA);
  const log = openSqliteEventLog(durable);
  const board = createProgressBoard(['feed', 'relationships', 'search']);
  log.onAppended((head) => board.setHead(head));
  const lines: Line[] = [];
  const logger = loggerInto(lines);
  let running: Started | undefined;

  function start(handles: Record<string, Handles>, options: StartOptions = {}) {
    const file = openProjectionFile({ path, version: 1, schema: SCHEMA });
    const insert = file.database.prepare('INSERT INTO effect VALUES (NULL, ?, ?, ?, ?)');
    const consumers = Object.entries(handles).map(([name, { types, handle, leavesSystem }]): Consumer => {
      const handler = (event: RecordedEvent) =>
        handle(event, (filling) => void insert.run(name, event.id, event.partitionkey, filling ?? null));
      return { name, on: Object.fromEntries(types.map((type) => [type, handler])), ...defined({ leavesSystem }) };
    });
    const upcasters = options.upcasters ?? catalogUpcasters();
    const reader = inCurrentVersions(openSqliteEventLogReader(durable.path), upcasters);
    const processor = createProcessor({
      unit: options.unit?.(file) ?? file,
      consumers,
      log: reader,
      tracer: createTracer(logger, catalogPersonalWords()),
      logger,
      upcasters,
      personal: catalogPersonalWords(),
      headBeyond: options.headBeyond ?? board.headBeyond,
      onProgress: (progress) => board.setProgress('feed', { ...progress, feedEntries: 0 }),
      retry: { attemptsMax: options.attemptsMax ?? 3, ...constantBackoff(options.pauseMs ?? 1) },
      ...defined({ onError: options.onError, ceiling: options.ceiling }),
    });
    if (options.idle !== true) void processor.run();
    running = {
      processor,
      async stop() {
        running = undefined;
        await processor.stop();
        await reader.close();
        file.close();
      },
      fill: () => fillUp(file),
    };
    return running;
  }

  return {
    log,
    lines,
    start,
    append: (...events: EventEnvelope[]) => log.append(events),
    caughtUp: async () => expect(await board.reached('feed', await log.head(), 60_000)).toBe(true),
    progress: () => board.progress('feed'),
    effects: () => seen(path, 'SELECT consumer, event, key FROM effect ORDER BY number') as Effect[],
    parked: () => seen(path, `SELECT ${PARKED} FROM figtree_parked ORDER BY position`) as Parked[],
    checkpoint: () => (seen(path, 'SELECT position FROM figtree_progress') as { position: number }[])[0]?.position ?? 0,
    stepsOf(correlationId: string) {
      const reader = openProjectionProgress(path);
      const steps = reader.stepsOf(correlationId, Infinity);
      reader.close();
      return steps;
    },
    async close() {
      await running?.stop();
      await durable.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function loggerInto(lines: Line[]): Log {
  const collect = (level: string) => (details: Note, message: string) =>
    void lines.push({ level, message, details, correlation: currentCorrelation() });
  return { debug: collect('debug'), info: collect('info'), warn: collect('warn'), error: collect('error') };
}

/** What another process sees. */
function seen(path: string, sql: string): unknown[] {
  const outside = new DatabaseSync(path, { readOnly: true });
  try {
    return outside.prepare(sql).all();
  } finally {
    outside.close();
  }
}

/** As if the disk were full, until the returned function is called. */
function fillUp({ database }: ProjectionFile): () => void {
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
  database.exec(`PRAGMA max_page_count = ${pages}`);
  return () => database.exec('PRAGMA max_page_count = 1000000');
}

interface Started {
  readonly processor: Processor;
  stop(): Promise<void>;
  fill(): () => void;
}

interface StartOptions
  extends Pick<ProcessorOptions, 'onError' | 'ceiling'>, Partial<Pick<ProcessorOptions, 'headBeyond'>> {
  /** It does nothing until it is told what. */
  readonly idle?: boolean;
  readonly attemptsMax?: number;
  readonly pauseMs?: number;
  readonly unit?: (unit: UnitOfWork) => UnitOfWork;
  readonly upcasters?: Upcasters;
}

/** Handles events of these types; `yubl-posted` by default. */
export const on = (handle: Handle, ...types: EventType[]) => ({
  types: types.length > 0 ? types : (['yubl-posted'] as const),
  handle,
});
