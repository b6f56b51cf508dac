import { createHandling as create, type Handling, type HandlingOptions } from '../../../consumers/runtime/handling.ts';
import { failing } from './failing.ts';

// Replaces consumers/runtime/handling.ts, which every consumer of every projection passes through.

export function createHandling(options: HandlingOptions): Handling {
  return create({ ...options, consumers: failing(options.consumers) });
}
