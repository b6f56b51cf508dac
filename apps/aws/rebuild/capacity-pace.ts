import type { DynamoRequest } from '../../../adapters/aws/dynamo/client.ts';
import { pause } from '../../../resilience/clock.ts';

/** Counts what DynamoDB is asked for, and holds back who writes more units a second than he may. */
export interface CapacityPace {
  /** For the client whose requests count. */
  readonly onRequest: (request: DynamoRequest) => void;
  /** Resolves when more may be written. What a request takes is known afterwards, so the rate is held on average. */
  room(): Promise<void>;
  /** Since the last call. */
  taken(): { readonly requests: number; readonly writeUnits: number; readonly readUnits: number };
}

const READS = new Set(['GetItem', 'Get', 'BatchGetItem', 'BatchGet', 'Query', 'Scan', 'TransactGetItems']);

export function createCapacityPace(writeUnitsPerSecond = Infinity, nowMs = () => performance.now()): CapacityPace {
  let counted = { requests: 0, writeUnits: 0, readUnits: 0 };
  // Until then what was written is more than the rate allows.
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
