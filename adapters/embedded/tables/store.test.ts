import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { randomRuns } from '../../../ports/contracts/random-runs.ts';
import type { RowStore } from '../../../ports/row-store.ts';
import { handleAlone } from '../../../testing/consumers/handle-alone.ts';
import { expectRows, keyOrders } from '../../../ports/contracts/row-store.contract.ts';
import { sampleRows } from '../../../testing/tables/sample-projection.model.ts';
import { sampleProjection } from '../../../testing/tables/sample-projection.ts';
import { auditFile } from '../projection/audit.ts';
import { openProjectionFile } from '../projection/file.ts';
import { rowAudit } from './audit.ts';
import { createRowBuild } from './build.ts';
import { openSqliteRowReader } from './reader.ts';
import { tablesSchema } from './schema.ts';
import { openSqliteRowStore } from './store.ts';

const { described, forget } = sampleProjection;
const VERSION = 1;
let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-rows-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const newPath = () => join(folder, `${(files += 1)}.db`);

const consumerOf = (store: RowStore) => sampleProjection.consumer(store);

function openFile(path: string) {
  const file = openProjectionFile({ path, version: VERSION, schema: tablesSchema(described) });
  const handle = handleAlone(consumerOf(openSqliteRowStore(file, described, forget)));
  return { file, handle };
}

async function expectFile(path: string, applied: readonly RecordedEvent[]): Promise<void> {
  const reader = openSqliteRowReader(path, described.layouts);
  try {
    await expectRows(reader, described.layouts, sampleRows(applied));
  } finally {
    reader.close();
  }
}

const portions = fc.record({
  events: keyOrders,
  cuts: fc.array(fc.nat({ max: 50 }), { maxLength: 4 }),
  undone: fc.constantFrom('nothing', 'commit', 'attempt'),
});

describe('tables of rows in SQLite', () => {
  it('hold what the model says, whatever is rolled back in between', async () => {
    await fc.assert(
      fc.asyncProperty(portions, async ({ events, cuts, undone }) => {
        const path = newPath();
        let { file, handle } = openFile(path);
        const handleAll = async (some: readonly RecordedEvent[]) => {
          for (const event of some) await handle(event);
        };
        const handleAndFail = async (some: readonly RecordedEvent[]) => {
          await handleAll(some);
          throw new Error('undone');
        };
        const ends = [...new Set(cuts.filter((cut) => cut < events.length))].toSorted((a, b) => a - b);
        let from = 0;
        for (const end of [...ends, events.length]) {
          const portion = events.slice(from, end);
          if (undone === 'commit')
            await expect(file.commit(() => handleAndFail(events.slice(from)))).rejects.toThrow('undone');
          await file.commit(async () => {
            if (undone === 'attempt') {
              await expect(file.attempt(() => handleAndFail(events.slice(from)))).rejects.toThrow('undone');
            }
            await handleAll(portion);
            return end;
          });
          from = end;
          await expectFile(path, events.slice(0, end));
          file.close();
          ({ file, handle } = openFile(path));
        }
        file.close();
      }),
      { numRuns: randomRuns(60) },
    );
  });

  it('are the same when they are built in memory', async () => {
    await fc.assert(
      fc.asyncProperty(keyOrders, async (events) => {
        const [path, built] = [newPath(), newPath()];
        const { file, handle } = openFile(path);
        const build = createRowBuild(described, VERSION, forget);
        const buildOne = handleAlone(consumerOf(build.rows));
        await file.commit(async () => {
          for (const event of events) await handle(event);
          return events.length;
        });
        file.close();
        for (const event of events) await buildOne(event);
        build.write(built, events.length);
        await expectFile(built, events);
        const audit = rowAudit(described.layouts);
        expect(auditFile(built, audit)).toEqual(auditFile(path, audit));
      }),
      { numRuns: randomRuns(30) },
    );
  });
});
