import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

export interface Restlessness {
  /** Returns numbers from 0 to below 1. */
  readonly random: () => number;
  /** The share of requests that are cut off, before they are sent or before their response arrives. */
  readonly cutShare: number;
}

/** The rejection of a request whose process ended: nothing is left to handle it. */
export class CutOff extends Error {}

const TURNS_MAX = 4;
const PAUSE_MS_MAX = 15;

/** A table whose requests each take a different time, so that those of different handlers arrive in any order, and some
 *  of which are cut off, without revealing whether they were done. */
export function restlessTable(table: DynamoTable, { random, cutShare }: Restlessness): DynamoTable {
  async function restless<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    const cut = random();
    await pause();
    if (cut < cutShare / 2) throw new CutOff('before a request');
    const answer = await request();
    if (cut < cutShare) throw new CutOff('before an answer');
    await pause();
    return answer;
  }

  async function pause(): Promise<void> {
    const kind = random();
    if (kind < 0.2) await sleep(random() * PAUSE_MS_MAX);
    else for (let turns = Math.floor(random() * TURNS_MAX); turns > 0; turns -= 1) await nextTurn();
  }

  async function* pages(all: ReturnType<DynamoTable['query']>) {
    for (;;) {
      const page = await restless(() => all.next());
      if (page.done === true) return;
      yield page.value;
    }
  }

  return {
    name: table.name,
    query: (query) => pages(table.query(query)),
    scan: (filter) => pages(table.scan(filter)),
    async queryAll(query) {
      const all = [];
      for await (const page of pages(table.query(query))) all.push(...page);
      return all;
    },
    get: (...of) => restless(() => table.get(...of)),
    getAll: (...of) => restless(() => table.getAll(...of)),
    put: (...of) => restless(() => table.put(...of)),
    update: (...of) => restless(() => table.update(...of)),
    delete: (...of) => restless(() => table.delete(...of)),
    transact: (...of) => restless(() => table.transact(...of)),
    write: (...of) => restless(() => table.write(...of)),
    erase: (...of) => restless(() => table.erase(...of)),
  };
}
