import type { DynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { type ItemKey, keyText } from '../../adapters/aws/dynamo/item.ts';
import { tableIn } from '../../adapters/aws/dynamo/rows/items.ts';
import type { Units } from '../../apps/aws/prices/units.ts';

/** What the requests of a store of rows have used. */
export interface RowsTaken extends Units {
  /** Those of the write units that are for entries of indexes. */
  readonly indexUnits: number;
  /** The table of each row that was put or deleted, by its key. */
  readonly rows: ReadonlyMap<string, string>;
}

type Action = Readonly<Record<string, { readonly Item?: ItemKey; readonly Key?: ItemKey }>>;

interface Input {
  readonly Item?: ItemKey;
  readonly TransactItems?: readonly Action[];
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly unknown[] }>>;
}

interface Consumed {
  readonly CapacityUnits?: number;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}

/** Counts the requests of a client by what DynamoDB reports of each. Returns a function that returns what was counted
 *  since its last call. A batch of reads, of which MiniStack reports nothing, is counted as a unit per key. */
export function meterRows({ documents }: DynamoClient): () => RowsTaken {
  let taken = nothing();
  documents.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as Input;
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
      const consumed = [(answer.output as { ConsumedCapacity?: Consumed | Consumed[] }).ConsumedCapacity ?? []].flat();
      const used = sum(consumed.map(({ CapacityUnits = 0 }) => CapacityUnits));
      const isWrite = input.Item !== undefined || input.TransactItems !== undefined;
      const batchKeys = sum(Object.values(input.RequestItems ?? {}).map(({ Keys }) => Keys.length));
      taken = {
        requests: taken.requests + 1,
        writeUnits: taken.writeUnits + (isWrite ? used : 0),
        readUnits: taken.readUnits + (isWrite ? 0 : Math.max(used, batchKeys)),
        indexUnits: taken.indexUnits + (isWrite ? sum(consumed.map(indexUnits)) : 0),
        rows: new Map([...taken.rows, ...rowsIn(input)]),
      };
      return answer;
    },
    { step: 'initialize', name: 'meterRows' },
  );
  return () => {
    const counted = taken;
    taken = nothing();
    return counted;
  };
}

function nothing(): RowsTaken {
  return { requests: 0, writeUnits: 0, readUnits: 0, indexUnits: 0, rows: new Map() };
}

function indexUnits({ GlobalSecondaryIndexes = {} }: Consumed): number {
  return sum(Object.values(GlobalSecondaryIndexes).map(({ CapacityUnits = 0 }) => CapacityUnits));
}

function rowsIn({ Item: item, TransactItems = [] }: Input): [key: string, table: string][] {
  const changed = [item, ...TransactItems.map(({ Put, Delete }) => Put?.Item ?? Delete?.Key)];
  return changed.flatMap((key): [string, string][] => {
    const table = key && tableIn(key);
    return key === undefined || table === undefined ? [] : [[keyText(key), table]];
  });
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
