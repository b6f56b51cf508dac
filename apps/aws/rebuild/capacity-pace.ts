import type { DynamoRequest } from '../../../adapters/aws/dynamo/client.ts';
import { pause } from '../../../resilience/clock.ts';

/** Counts DynamoDB requests, and delays writers that exceed their write units per second. */
export interface CapacityPace {
  /** Hook for the client whose requests are counted. */
  readonly onRequest: (request: DynamoRequest) => void;
  /** Resolves when more may be written. The cost of a request is known only afterwards, so the rate holds on average. */
  room(): Promise<void>;
  /** Consumption since the last call. */
  taken(): { readonly requests: number; readonly writeUnits: number; readonly readUnits: number };
}

const READS = new Set(['GetItem', 'Get', 'BatchGetItem', 'BatchGet', 'Query', 'Scan', 'TransactGetItems']);

export function createCapacityPace(writeUnitsPerSecond = Infinity, nowMs = () => performance.now()): CapacityPace {
  let counted = { requests: 0, writeUnits: 0, readUnits: 0 };
  // When the units written so far are within the rate again.
  let freeAtMs = nowMs();
  return {
    onRequest({ operation, capacityUnits = 0 }) {
      const isRead = READS.has(operation);
      const { requests, writeUnits, readUnits } = counted;
      counted = {
        requests: requests + 1,
        writeUnits: writeUnits + (isRead ? 0 : capacityUnits),
        readUnits: readUnits + (isRead ? capacityUnits : 0),
      };
      if (!isRead) freeAtMs = Math.max(freeAtMs, nowMs()) + (capacityUnits / writeUnitsPerSecond) * 1000;
    },
    async room() {
      for (let waitMs = freeAtMs - nowMs(); waitMs > 0; waitMs = freeAtMs - nowMs()) await pause(waitMs);
    },
    taken() {
      const taken = counted;
      counted = { requests: 0, writeUnits: 0, readUnits: 0 };
      return taken;
    },
  };
}
