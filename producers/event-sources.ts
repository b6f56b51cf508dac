import type { Problem } from '../events/errors.ts';
import type { Reading } from './reading.ts';
import { refused } from './reading.ts';

// `source` and `id` identify an event forever, and the first event takes the name. So a publisher that may use any
// source could take names before their owners.

/** The source of events that Figtree itself records. */
export const OWN_SOURCE = 'figtree';

/** Which sources an event may use; returns undefined if allowed. */
export type SourceRule = (source: string) => Problem | undefined;

/** For publishers in general: all sources except Figtree's own. */
export const publishedSources: SourceRule = (source) => (isOwnSource(source) ? reserved(source) : undefined);

/** For events that Figtree itself records. */
export const ownSources: SourceRule = (source) =>
  isOwnSource(source) ? undefined : { code: 'SOURCE_FORBIDDEN', path: 'source', message: 'is not a source of Figtree' };

/** For a publisher that is restricted to sources with these prefixes. */
export function sourcesWithin(prefix: string): SourceRule {
  return (source) => {
    if (isOwnSource(source)) return reserved(source);
    if (source.startsWith(prefix)) return undefined;
    const message = `source ${JSON.stringify(source)} does not begin with ${JSON.stringify(prefix)}, as this key requires`;
    return { code: 'SOURCE_FORBIDDEN', path: 'source', message };
  };
}

// Scheme and namespace of a URN are case-insensitive (RFC 8141, 3.1).
function isOwnSource(source: string): boolean {
  return /^(?:urn:)?figtree(?::|$)/i.test(source);
}

function reserved(source: string): Problem {
  const message = `source ${JSON.stringify(source)} is reserved for events that Figtree records itself`;
  return { code: 'SOURCE_RESERVED', path: 'source', message };
}

/** The reading, or why one of its events may not use its source. */
export function withinSources(reading: Reading, rule: SourceRule): Reading {
  if (reading.kind !== 'events') return reading;
  for (const { id, source } of reading.events) {
    const problem = rule(source);
    if (problem !== undefined) return refused(problem, id);
  }
  return reading;
}
