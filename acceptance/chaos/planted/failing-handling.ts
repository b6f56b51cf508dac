import { createHandling as create, type Handling, type HandlingOptions } from '../../../consumers/runtime/handling.ts';
import { failing } from './failing.ts';

// Stands in for consumers/runtime/handling.ts: the place that every consumer of every projection comes by.

export function createHandling(options: HandlingOptions): Handling {
  return create({ ...options, consumers: failing(options.consumers) });
}
