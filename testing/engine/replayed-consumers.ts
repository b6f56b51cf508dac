import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import type { Consumer, Handler, Log, Replay } from '../../consumers/runtime/consumer.ts';
import { createProcessor } from '../../consumers/runtime/processor.ts';
import { createTracer } from '../../consumers/runtime/tracer.ts';
import { defined } from '../../events/defined.ts';
import type { EventType } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { sampleHistory } from '../../schema-registry/samples/sample-history.ts';
import { currentCode } from '../../schema-registry/stored-reading.ts';
import type { OpenProjection } from '../../apps/embedded/projection.ts';
import { trapWaysOut } from './ways-out.ts';

const START_SECONDS = 1_456_124_520;

/** Appends a random history of every event of the catalog to the log in the folder. Histories of one log differ in `from`. */
export async function randomLog(
  folder: string,
  { from = 0, ...wishes }: { readonly seed: number; readonly events: number; readonly from?: number },
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'log.db');
  const file = openLogFile(path);
  const events = sampleHistory(currentCode, wishes).map(({ type, data: sampled, order }, index) => {
    const number = from + index;
    const data =
      'text' in sampled ? { ...sampled, text: `${String(sampled['text'])} #made_up_${number % 5}` } : sampled;
    const time = new Date((START_SECONDS + number) * 1000).toISOString();
    const definition = currentCode.current.get(type);
    return {
      specversion: '1.0',
      id: `made-up-${number}`,
      source: 'urn:example:made-up',
      type,
      time,
      datacontenttype: 'application/json',
      dataschema: `figtree:${type}:${definition?.version}`,
      subject: definition?.subject(data),
      partitionkey: definition?.partitionKey(data),
      sequence: sequenceOf(START_SECONDS, order),
      correlationid: `made-up-${number}`,
      data,
    } as unknown as EventEnvelope;
  });
  await file.log.append(events);
  await file.close();
  return path;
}

export interface Replayed {
  /** The ways out of the process that were used meanwhile. */
  readonly taken: readonly string[];
  /** Calls of each handler, as `consumer of type`. All of them are listed. */
  readonly calls: ReadonlyMap<string, number>;
  readonly consumers: readonly Consumer[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

// Unawaited work of a handler shows within this time, if at all.
const LINGER_MS = 50;

/** Lets a projection's consumers handle the whole log with all ways out of the process trapped; in a replay if one is
 *  given. A failing handler stops the test. */
export async function runTrapped(
  logPath: string,
  { file, consumers }: Pick<OpenProjection, 'file' | 'consumers'>,
  replay?: Replay,
): Promise<Replayed> {
  const calls = new Map<string, number>();
  const lines: Record<string, unknown>[] = [];
  const say = (details: object, message: string) => void lines.push({ ...details, message });
  const logger: Log = { debug: say, info: say, warn: say, error: say };
  const personal = catalogPersonalWords();
  const upcasters = catalogUpcasters();
  const log = openSqliteEventLogReader(logPath);
  const processor = createProcessor({
    unit: file,
    consumers: consumers.map((consumer) => counting(consumer, calls)),
    log,
    tracer: createTracer(logger, personal),
    logger,
    upcasters,
    personal,
    headBeyond: async () => false,
    onProgress() {},
    onError: 'stop',
    ...defined({ replay }),
  });
  const head = await log.head();
  const trap = trapWaysOut();
  try {
    await processor.catchUp(head);
    await sleep(LINGER_MS);
  } finally {
    trap.release();
    await log.close();
  }
  return { taken: trap.taken, calls, consumers, lines };
}

function counting(consumer: Consumer, calls: Map<string, number>): Consumer {
  const handlers = Object.entries(consumer.on).map(([type, handler]) => {
    const name = `${consumer.name} of ${type}`;
    calls.set(name, 0);
    // The catalog ties a type to its data; for a type that is not known statically, the handler has to be widened.
    const widened = handler as unknown as Handler<EventType>;
    const counted: Handler<EventType> = (event, context) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return widened(event, context);
    };
    return [type, counted] as const;
  });
  return { ...consumer, on: Object.fromEntries(handlers) };
}
