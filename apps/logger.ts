import { catalogFacts } from '../schema-registry/catalog-facts.ts';
import { type Logger, type LoggerOptions, openLogger as openLoggerOf } from './log-lines.ts';

export type { Logger } from './log-lines.ts';

/** A logger that knows the catalog. Threads that receive its facts open their own (log-lines.ts). */
export function openLogger(options: Omit<LoggerOptions, 'personalNames'>): Logger {
  return openLoggerOf({ ...options, personalNames: () => catalogFacts().personalNames });
}
