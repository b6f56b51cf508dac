import { foldLog as fold, type Folded, type FoldOptions } from '../../../replay/fold-log.ts';
import { failing } from './failing.ts';

// Stands in for replay/fold-log.ts: the place that every consumer comes by when a rebuild builds in memory.

export function foldLog(options: FoldOptions): Promise<Folded> {
  return fold({ ...options, consumers: failing(options.consumers) });
}
