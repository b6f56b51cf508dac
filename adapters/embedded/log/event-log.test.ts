import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventAppenderContract } from '../../../ports/contracts/event-appender.contract.ts';
import { eventLogContract } from '../../../ports/contracts/event-log.contract.ts';
import { catalog } from '../../../events/catalog.ts';
import type { EventDefinition } from '../../../events/define-event.ts';
import { personFieldsOf } from '../../../schema-registry/person-fields.ts';
import { openDurableFile } from '../files/durable-file.ts';
import { EVENT_LOG_SCHEMA, readEventNames } from './event-rows.ts';
import { openPersonKeys, personKeysPath } from '../keys/person-keys.ts';
import { dataOpening, dataSealing } from '../keys/sealed-data.ts';
import { openSqliteEventLog } from './event-log.ts';
import { eventLogReader, openSqliteEventLogReader } from './event-log-reader.ts';
import type { EventLogUnderTest } from '../../../ports/contracts/event-log-histories.ts';

describe.each(['plain', 'sealed'] as const)('%s', (form) => {
  const open = async () => openIn(mkdtempSync(join(tmpdir(), 'figtree-log-')), form);
  eventLogContract(open, { readersBeside: true });

  const openAppender = async () => {
    const { log, remove } = await open();
    const read = async () => (await log.read({ after: 0, limit: 1_000_000 })).events;
    return { appender: log, read, remove };
  };
  eventAppenderContract(openAppender, { positions: true, eventBytesMax: undefined });
});

test('passes over no event that is committed while a page is being read, not even the first of its type', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-log-'));
  const file = openDurableFile(join(folder, 'log.db'), EVENT_LOG_SCHEMA);
  const database = new DatabaseSync(file.path, { readOnly: true });
  const names = readEventNames(database);
  let committed = false;
  // The writer, in another thread, commits exactly between two statements of the reader.
  function commitMeanwhile(): void {
    if (committed) return;
    committed = true;
    file.database.exec(`
      INSERT INTO event_name VALUES (1, 'urn:test'), (2, 'followed');
      INSERT INTO event VALUES (1, 'id', 1, 2, 1, 'key', NULL, 'sequence', 'time', 0, NULL, NULL, '{}');
    `);
  }
  const numberOf = (name: string) => {
    const number = names.numberOf(name);
    commitMeanwhile();
    return number;
  };
  const reader = eventLogReader(database, { ...names, numberOf });
  const first = await reader.read({ after: 0, limit: 10, types: ['followed'] });
  const second = await reader.read({ after: first.position, limit: 10, types: ['followed'] });
  expect([...first.events, ...second.events].map(({ id }) => id)).toEqual(['id']);
  database.close();
  await file.close();
  rmSync(folder, { recursive: true });
});

function openIn(folder: string, form: 'plain' | 'sealed'): EventLogUnderTest {
  const file = openDurableFile(join(folder, 'log.db'), EVENT_LOG_SCHEMA);
  const { database } = file;
  const keys = openPersonKeys(personKeysPath(file.path));
  const fields = personFieldsOf(Object.values<EventDefinition>(catalog));
  const log = openSqliteEventLog(file, { sealing: dataSealing({ keys, fields, seals: form === 'sealed' }) });
  const close = async () => {
    await log.close();
    await file.close();
    keys.close();
  };
  return {
    log,
    openReader: async () => openSqliteEventLogReader(file.path, dataOpening(file.path, fields)),
    fill() {
      const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
      database.exec(`PRAGMA max_page_count = ${pages}`);
      return () => database.exec('PRAGMA max_page_count = 1000000');
    },
    async reopen() {
      await close();
      return openIn(folder, form);
    },
    async remove() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}
