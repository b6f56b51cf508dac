import { existsSync } from 'node:fs';
import type { EventEnvelope } from '../../../events/envelope.ts';

/** When a planted consumer throws. */
export interface FailingPlan {
  /** Name of the consumer. */
  readonly consumer: string;
  /** It throws for as long as this file exists. */
  readonly whileThere: string;
  /** This share of the events, drawn by their ids: the same ones in every process. */
  readonly share?: number;
  /** The events of this partition key. */
  readonly key?: string;
}

export const FAILING_PLAN = 'CHAOS_FAILING_CONSUMER';

export function readFailingPlan(): FailingPlan {
  return JSON.parse(process.env[FAILING_PLAN] ?? '') as FailingPlan;
}

/** Whether the plan covers the event, whether or not the file exists. */
export function hits({ share = 0, key }: FailingPlan, { id, partitionkey }: EventEnvelope): boolean {
  return partitionkey === key || scattered(id) < share;
}

export const active = ({ whileThere }: FailingPlan): boolean => existsSync(whileThere);

/** A number from 0 to 1 (FNV-1a). */
function scattered(text: string): number {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  return ((Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
