import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Log } from '../consumers/runtime/consumer.ts';
import { currentCorrelation, parseBaggage } from '../events/correlation.ts';
import type { LogLevel } from './config.ts';
import { personalFieldsCleaner } from '../engine/personal-fields.ts';
import { visibleJson } from './visible-text.ts';

/** Log lines as JSON, one per line: `level`, `time` (ISO 8601, UTC), `component`, the correlation of whatever is being
 *  handled, the details, `msg`. Callers log ids, never names or texts that people wrote; as a second line of defence,
 *  fields that the catalog marks as personal are redacted. */
export interface Logger extends Log {
  /** The same, for one part of the program. */
  child(component: string): Logger;
  /** True if debug lines are written now: callers can skip preparing their details. */
  debugs(): boolean;
}

export interface LoggerOptions {
  /** Names of the personal fields; called with the first line that has details. */
  readonly personalNames: () => readonly string[];
  readonly level: LogLevel;
  /** 1 for stdout, 2 for stderr, or another destination. */
  readonly destination: 1 | 2 | DestinationStream;
}

/** Writes synchronously, so that a worker thread's lines are written before it ends and the last line before a crash is
 *  not lost. A closed pipe ends the log, not the program. */
export function openLogger({ level, destination, personalNames }: LoggerOptions): Logger {
  const withoutPersonalFields = personalFieldsCleaner(personalNames);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withoutPersonalFields },
    serializers: {
      error: (error: unknown) =>
        error instanceof Error ? withoutPersonalFields(pino.stdSerializers.err(error)) : error,
    },
    mixin: correlationFields,
  };
  const stream = typeof destination === 'number' ? openDescriptor(destination) : destination;
  // Logs are viewed in terminals, and contain ids that others chose.
  return loggerOf(pino(options, { write: (line) => stream.write(visibleJson(line)) }));
}

function openDescriptor(fd: 1 | 2): DestinationStream {
  const stream = pino.destination({ fd, sync: true });
  stream.on('error', () => {});
  return stream;
}

function loggerOf(ordinary: PinoLogger): Logger {
  const verbose = ordinary.child({}, { level: 'debug' });
  const silent = ordinary.level === 'silent';
  const wanted = () => (!silent && flowIsDebugged() ? verbose : ordinary);
  return {
    debug: (details, message) => wanted().debug(details, message),
    info: (details, message) => wanted().info(details, message),
    warn: (details, message) => wanted().warn(details, message),
    error: (details, message) => wanted().error(details, message),
    child: (component) => loggerOf(ordinary.child({ component })),
    debugs: () => wanted().isLevelEnabled('debug'),
  };
}

// A request that carries `debug-log-enabled=true` gets the debug lines of its own flow, through every consumer.
function flowIsDebugged(): boolean {
  const { baggage } = currentCorrelation();
  return baggage !== undefined && baggageFields(baggage)['debug-log-enabled'] === 'true';
}

// Baggage comes from outside: it has its own field, so that it cannot override others, and is truncated.
function correlationFields(): Record<string, unknown> {
  const { baggage, ...ids } = currentCorrelation();
  return baggage === undefined ? ids : { ...ids, baggage: baggageFields(baggage) };
}

const FIELD_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const FIELDS_MAX = 20;
const FIELD_CHARACTERS_MAX = 200;

let lastBaggage = '';
let lastFields: Readonly<Record<string, string>> = {};

// The lines of one record are consecutive, so the newest baggage is kept parsed.
function baggageFields(baggage: string): Readonly<Record<string, string>> {
  if (baggage === lastBaggage) return lastFields;
  const entries = Object.entries(parseBaggage(baggage))
    .map(([name, value]) => [name.toLowerCase(), value.slice(0, FIELD_CHARACTERS_MAX)] as const)
    .filter(([name]) => FIELD_NAME.test(name));
  lastBaggage = baggage;
  lastFields = Object.fromEntries(entries.slice(0, FIELDS_MAX));
  return lastFields;
}
