import { type KeyObject, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FigtreeError } from '../../../events/errors.ts';
import type { PersonKeyReader, PersonKeys } from '../../../ports/person-keys.ts';
import { KEY_BYTES, keyOf, openText, sealText } from './sealed-text.ts';
import { knownFormat, migrate, openSqlite, storageError } from '../files/sqlite.ts';

// The file of the person keys. It is created with the first key, lies beside the log and is in no archive.
//
//   person_key  one row per person, in order of creation: a row is never moved, so its key has one place in the file. A
//               destroyed one is overwritten with zeros.
//   destroyed   whose keys were destroyed, in order: readers that cache keys look here for those to forget.
//   erasing     what an unfinished erasure searches for at its end (erasures.ts).
//
// Format 2 has the same tables, and says that some seals are bound to their place: a Figtree that knows only format 1 would
// take such a seal for user text.
const PERSON_KEYS_FORMAT = 2;
const FORMAT_BEFORE_SEALS = 1;
const PERSON_KEYS_SCHEMA = `
  CREATE TABLE person_key (number INTEGER PRIMARY KEY, person TEXT NOT NULL UNIQUE, key BLOB NOT NULL);
  CREATE TABLE destroyed (place INTEGER PRIMARY KEY, person TEXT NOT NULL UNIQUE);
  CREATE TABLE erasing (person TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID;
`;

const NO_KEY = Buffer.alloc(KEY_BYTES);
const CACHED_MAX = 50_000;

export function personKeysPath(logPath: string): string {
  return join(dirname(logPath), 'keys.db');
}

/** What an erasure needs of the store besides the port: it remembers across a crash what to search for. */
export interface EmbeddedPersonKeys extends PersonKeys {
  readonly path: string;
  /** The file, made if it is not there. */
  database(): DatabaseSync;
  wordsOf(person: string): readonly string[] | undefined;
  rememberWords(person: string, words: readonly string[]): void;
  /** No trace of them is left in the file once it returns. */
  forgetWords(person: string): void;
}

/** The keys for their only writer. The file is created with the first key. */
export function openPersonKeys(path: string): EmbeddedPersonKeys {
  const reading = keyReading(path, () => (existsSync(path) ? openForWriting(path) : undefined));
  const made = new Map<string, { bytes: Buffer; key: KeyObject }>();

  function file(): KeyFile {
    return reading.file() ?? reading.use(openForWriting(path));
  }

  let format: 'unknown' | 'to be raised' | 'raised' = 'unknown';

  function save(): void {
    if (made.size === 0 && format !== 'to be raised') return;
    const { database, insert } = file();
    inTransaction(database, path, () => {
      for (const [person, { bytes }] of made) insert.run(person, bytes);
      if (format === 'to be raised') database.exec(`PRAGMA user_version = ${PERSON_KEYS_FORMAT}`);
    });
    if (format === 'to be raised') format = 'raised';
    for (const [person, { key }] of made) reading.keep(person, key);
    made.clear();
  }

  function makeKey(person: string): KeyObject {
    const bytes = randomBytes(KEY_BYTES);
    const key = keyOf(bytes);
    made.set(person, { bytes, key });
    return key;
  }

  return {
    path,
    database: () => file().database,
    ...reading.reader,
    open(person, sealed, place) {
      const fresh = made.get(person);
      if (fresh === undefined) return reading.reader.open(person, sealed, place);
      return openText(fresh.key, sealed, place) ?? fail(path, `a text of ${person} does not match what was sealed`);
    },
    seal(person, text, place) {
      if (reading.reader.isDestroyed(person)) return undefined;
      if (format === 'unknown') format = 'to be raised';
      const key = reading.kept(person) ?? made.get(person)?.key ?? reading.find(person) ?? makeKey(person);
      return sealText(key, text, place);
    },
    save,
    destroy(...persons) {
      if (persons.length === 0) return;
      reading.reader.catchUp();
      for (const person of persons) made.delete(person);
      const { database, overwrite, addDestroyed } = file();
      inTransaction(database, path, () => {
        for (const person of persons) {
          overwrite.run(NO_KEY, person);
          addDestroyed.run(person);
        }
      });
      reading.reader.catchUp();
      emptyWal(database, path);
    },
    wordsOf(person) {
      const row = reading.file()?.words.get(person) as { words: string } | undefined;
      return row && (JSON.parse(row.words) as string[]);
    },
    rememberWords: (person, words) => void file().addWords.run(person, JSON.stringify(words)),
    forgetWords(person) {
      const { database, dropWords } = file();
      dropWords.run(person);
      emptyWal(database, path);
    },
  };
}

/** The keys for readers beside the writer, in another thread or process. */
export function openPersonKeyReader(path: string): PersonKeyReader {
  return keyReading(path, () => (existsSync(path) ? openForReading(path) : undefined)).reader;
}

type KeyFile = ReturnType<typeof statements>;

interface KeyReading {
  readonly reader: PersonKeyReader;
  file(): KeyFile | undefined;
  use(database: DatabaseSync): KeyFile;
  kept(person: string): KeyObject | undefined;
  find(person: string): KeyObject | undefined;
  keep(person: string, key: KeyObject): void;
}

function keyReading(path: string, openFile: () => DatabaseSync | undefined): KeyReading {
  const destroyed = new Set<string>();
  const keys = new Map<string, KeyObject>();
  let opened: KeyFile | undefined;
  let caughtUpTo = 0;

  function use(database: DatabaseSync): KeyFile {
    return (opened = statements(database));
  }
  function file(): KeyFile | undefined {
    if (opened !== undefined) return opened;
    const database = openFile();
    return database && use(database);
  }
  function keep(person: string, key: KeyObject): void {
    if (keys.size >= CACHED_MAX) keys.clear();
    keys.set(person, key);
  }
  function find(person: string): KeyObject | undefined {
    const row = file()?.key.get(person) as { key: Uint8Array } | undefined;
    if (row === undefined || NO_KEY.equals(row.key)) return undefined;
    const key = keyOf(row.key);
    keep(person, key);
    return key;
  }
  function catchUp(): void {
    const rows = (file()?.destroyedSince.all(caughtUpTo) ?? []) as unknown as { place: number; person: string }[];
    for (const { place, person } of rows) {
      destroyed.add(person);
      keys.delete(person);
      caughtUpTo = place;
    }
  }
  catchUp();
  const reader: PersonKeyReader = {
    open(person, sealed, place) {
      if (destroyed.has(person)) return undefined;
      const key = keys.get(person) ?? find(person);
      const text = key && openText(key, sealed, place);
      if (text !== undefined) return text;
      // It may have been destroyed at this very moment.
      catchUp();
      if (destroyed.has(person)) return undefined;
      const reason =
        key === undefined ? `it has no key for ${person}` : `a text of ${person} does not match what was sealed`;
      return fail(path, reason);
    },
    isDestroyed: (person) => destroyed.has(person),
    anyDestroyed: () => destroyed.size > 0,
    catchUp,
    close: () => opened?.database.close(),
  };
  return { reader, file, use, find, keep, kept: (person) => keys.get(person) };
}

function fail(path: string, reason: string): never {
  throw new FigtreeError('DATA_DAMAGED', `${path} does not open what is sealed in the log: ${reason}`, { path });
}

const SETTINGS = { synchronous: 'FULL', cacheMiB: 4, autocheckpointMiB: 1 } as const;

function openForWriting(path: string): DatabaseSync {
  const database = openSqlite(path, SETTINGS);
  // Overwritten or removed data leaves zeros behind.
  database.exec('PRAGMA secure_delete = ON');
  if (knownFormat(database, { path, version: PERSON_KEYS_FORMAT }) === 0)
    migrate(database, { path, version: FORMAT_BEFORE_SEALS, schema: PERSON_KEYS_SCHEMA });
  return database;
}

/** Undefined while its writer is creating it. */
function openForReading(path: string): DatabaseSync | undefined {
  const database = openSqlite(path, { ...SETTINGS, readOnly: true, autocheckpointMiB: 0 });
  if (knownFormat(database, { path, version: PERSON_KEYS_FORMAT }) > 0) return database;
  database.close();
  return undefined;
}

function statements(database: DatabaseSync) {
  return {
    database,
    key: database.prepare('SELECT key FROM person_key WHERE person = ?'),
    insert: database.prepare('INSERT INTO person_key (person, key) VALUES (?, ?)'),
    overwrite: database.prepare('UPDATE person_key SET key = ? WHERE person = ?'),
    destroyedSince: database.prepare('SELECT place, person FROM destroyed WHERE place > ? ORDER BY place'),
    addDestroyed: database.prepare('INSERT OR IGNORE INTO destroyed (person) VALUES (?)'),
    words: database.prepare('SELECT words FROM erasing WHERE person = ?'),
    addWords: database.prepare('INSERT OR REPLACE INTO erasing VALUES (?, ?)'),
    dropWords: database.prepare('DELETE FROM erasing WHERE person = ?'),
  };
}

function inTransaction(database: DatabaseSync, path: string, work: () => void): void {
  try {
    database.exec('BEGIN IMMEDIATE');
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw storageError(error, path);
  }
}

/** The WAL contains earlier contents of the file: it is copied back and truncated. */
function emptyWal(database: DatabaseSync, path: string): void {
  const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  if (busy === 0) return;
  throw new FigtreeError('STORAGE_FAILED', `${path} is being read continuously, so its WAL cannot be emptied`, {
    path,
  });
}
