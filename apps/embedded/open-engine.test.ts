import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../events/catalog.ts';
import { openLogger } from '../logger.ts';
import type { Engine } from '../../engine/engine.ts';
import { projectionNames } from '../projections/registry.ts';
import { openEmbeddedEngine } from './open-engine.ts';
import { openReadOnlyEngine } from './open-read-only-engine.ts';

// A data folder that is not as the engine left it.

let folder: string;
const file = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-engine-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(): Promise<Engine> {
  const logger = openLogger({ level: 'silent', destination: 2 });
  const threadLogs = { level: 'silent', destination: 2 } as const;
  return openEmbeddedEngine({ folder, feedLength: 800, celebrityFollowers: 10_000, logger, threadLogs });
}

async function takeYubls(...ids: string[]): Promise<void> {
  const engine = await open();
  try {
    const [data] = catalog['yubl-posted'].examples;
    const items = ids.map((id) => ({ specversion: '1.0', id, source: 'urn:test', type: 'yubl-posted', data }));
    const texts = items.map((item) => ({ text: JSON.stringify(item) }));
    const { position } = await engine.ingest.take(texts, { door: 'events', origin: 'test' });
    for (const name of projectionNames) {
      expect(await engine.progress.reached(name, position, 60_000)).toBe(true);
    }
  } finally {
    await engine.close();
  }
}

function execute(name: string, sql: string): void {
  const database = new DatabaseSync(file(name));
  database.exec(sql);
  database.close();
}

describe('a log that holds less than the projections have applied', () => {
  test('is refused, and taken once the projections are built again', async () => {
    await takeYubls('e1');
    cpSync(file('log.db'), file('copy.db'));
    await takeYubls('e2', 'e3');
    cpSync(file('copy.db'), file('log.db'));
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DAMAGED', details: { position: 3, head: 1 } });
    for (const name of projectionNames) rmSync(file(`${name}.db`));
    await takeYubls('e4');
  });
});

describe('a folder of another version', () => {
  const readOnly = async () => (await openReadOnlyEngine({ folder, feedLength: 800 })).close();

  test.each([
    ['projection', 'feed.db', 'UPDATE figtree_progress SET version = 99'],
    ['log', 'log.db', 'PRAGMA user_version = 99'],
  ])('is left alone if its %s is newer', async (_, name, sql) => {
    await takeYubls('e1');
    execute(name, sql);
    await expect(open()).rejects.toMatchObject({ code: 'DATA_NEWER' });
    await expect(readOnly()).rejects.toMatchObject({ code: 'DATA_NEWER' });
  });

  test('has its older projections built again by the next writer; readers wait for that', async () => {
    await takeYubls('e1');
    execute('search.db', 'UPDATE figtree_progress SET version = 0; DROP TABLE yubl');
    await expect(readOnly()).rejects.toMatchObject({ code: 'DATA_MISSING' });
    await takeYubls('e2');
    await readOnly();
  });
});
