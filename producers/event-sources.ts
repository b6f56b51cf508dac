import type { Problem } from '../events/errors.ts';
import type { Reading } from './reading.ts';
import { refused } from './reading.ts';

// `source` and `id` name an event for ever, and the first one that comes has the name. So a publisher that may claim any source
// may take names before those whose they are.

/** Of the events that Figtree records itself. */
export const OWN_SOURCE = 'figtree';

/** Which sources an event may claim: undefined if it may. */
export type SourceRule = (source: string) => Problem | undefined;

/** Of what is published by anybody: all sources but those of Figtree itself. */
export const publishedSources: SourceRule = (source) => (isOwnSource(source) ? reserved(source) : undefined);

/** Of what Figtree records itself. */
export const ownSources: SourceRule = (source) =>
  isOwnSource(source) ? undefined : { code: 'SOURCE_FORBIDDEN', path: 'source', message: 'is not a source of Figtree' };

/** Of a publisher that may claim only sources which begin in this way. */
export function sourcesWithin(prefix: string): SourceRule {
  return (source) => {
    if (isOwnSource(source)) return reserved(source);
    if (source.startsWith(prefix)) return undefined;
    const message = `source ${JSON.stringify(source)} does not begin with ${JSON.stringify(prefix)}, as this key requires`;
    return { code: 'SOURCE_FORBIDDEN', path: 'source', message };
  };
}

// Scheme and namespace of a URN are the same in capitals (RFC 8141, 3.1).
function isOwnSource(source: string): boolean {
  return /^(?:urn:)?figtree(?::|$)/i.test(source);
}

function reserved(source: string): Problem {
  const message = `source ${JSON.stringify(source)} is reserved for events that Figtree records itself`;
  return { code: 'SOURCE_RESERVED', path: 'source', message };
}

/** The reading, or why one of its events may not claim its source. */
export function withinSources(reading: Reading, rule: SourceRule): Reading {
  if (reading.kind !== 'events') return reading;
  for (const { id, source } of reading.events) {
    const problem = rule(source);
    if (problem !== undefined) return refused(problem, id);
  }
  return reading;
}
