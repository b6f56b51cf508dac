import type { DatabaseSync } from 'node:sqlite';
import type { Quarantine, QuarantineEntry, QuarantineReader } from '../../../ports/quarantine.ts';
import { nextTurn } from '../../../resilience/clock.ts';
import type { DurableFile } from '../files/durable-file.ts';
import { readLogFact, writeLogFact } from '../log/facts.ts';
import { openPersonKeyReader, personKeysPath } from '../keys/person-keys.ts';
import {
  addQuarantineColumns,
  keptRefusal,
  type KeptRefusal,
  recordingPersons,
  type QuarantineRow,
  type RefusalContent,
  selectedColumns,
  toEntry,
  withoutText,
} from './rows.ts';
import { type OpenRefusal, openingRefusals, type RefusalSealing } from '../keys/sealed-refusals.ts';
import { openSqlite } from '../files/sqlite.ts';

export interface QuarantineOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Without it everything is plain. */
  readonly sealing?: RefusalSealing | undefined;
  /** The limit of all texts together. */
  readonly textBytesMax?: number;
}

/** Beyond this, only the problem of a refusal is kept and not its text, so that endless invalid input cannot fill the disk. */
const TEXT_BYTES_MAX = 2 ** 30;

/** The quarantine in the log's file, which becomes durable with the log's fsync. */
export function openSqliteQuarantine(
  file: DurableFile,
  { now = Date.now, sealing, textBytesMax = TEXT_BYTES_MAX }: QuarantineOptions = {},
): Quarantine {
  const { database } = file;
  addQuarantineColumns(database);
  const put = refusalWriter(database, sealing);
  const texts = keptTexts(database);
  const markReleased = database.prepare('UPDATE quarantine SET released_ms = ? WHERE id = ? AND released_ms IS NULL');
  let noting: Promise<void> | undefined;
  // If there is no space for texts, the persons that they name are recorded before the commit, because no text is kept.
  let isFull = false;

  function commit(kept: readonly KeptRefusal[]): Promise<void> {
    const atMs = now();
    return file.enqueue(() => {
      let bytes = texts.bytes();
      isFull = false;
      for (const each of kept) {
        const room = textBytesMax - bytes;
        const fits = Buffer.byteLength(each.said.raw) <= room;
        isFull ||= !fits;
        bytes += put(fits ? each : withoutRoom(each), atMs);
      }
      texts.keep(bytes);
      sealing?.beforeCommit();
    });
  }

  return {
    ...quarantineReader(database, sealing?.open),
    async add(refusals) {
      if (refusals.length === 0) return;
      const kept = refusals.map(keptRefusal);
      const needsPersons = (each: KeptRefusal) => each.truncated || isFull;
      if (noting === undefined && !kept.some(needsPersons)) return commit(kept);
      // In order of arrival: later ones wait until these have their place in a commit.
      const noted = (noting ?? Promise.resolve()).then(async () => ({
        committed: commit(await noteIn(kept, needsPersons)),
      }));
      const last = noted.then(
        () => undefined,
        () => undefined,
      );
      noting = last;
      await last;
      if (noting === last) noting = undefined;
      await (
        await noted
      ).committed;
    },
    async release(id) {
      await file.enqueue(() => markReleased.run(now(), id));
    },
  };
}

function withoutRoom(kept: KeptRefusal): KeptRefusal {
  if (kept.persons !== undefined) return withoutText(kept);
  const steps = recordingPersons(kept);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return withoutText(step.value);
}

/** Records the persons that the texts name, where that is needed. Yields turns of the event loop meanwhile. */
async function noteIn(
  kept: readonly KeptRefusal[],
  needsPersons: (kept: KeptRefusal) => boolean,
): Promise<KeptRefusal[]> {
  const noted: KeptRefusal[] = [];
  for (const each of kept) {
    if (!needsPersons(each)) {
      noted.push(each);
      continue;
    }
    const steps = recordingPersons(each);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await nextTurn();
    noted.push(step.value);
  }
  return noted;
}

/** Reads the quarantine beside its writer in this or another process. */
export function openQuarantineReader(path: string): QuarantineReader & { close(): Promise<void> } {
  const database = openSqlite(path, { readOnly: true, synchronous: 'FULL', cacheMiB: 2, autocheckpointMiB: 0 });
  const keys = openPersonKeyReader(personKeysPath(path));
  return {
    ...quarantineReader(database, openingRefusals(keys)),
    async close() {
      database.close();
      keys.close();
    },
  };
}

/** The total size of the texts: computed once, and then kept beside them in the same transactions. */
export function keptTexts(database: DatabaseSync): { bytes(): number; keep(bytes: number): void } {
  const sum = database.prepare('SELECT coalesce(sum(octet_length(raw)), 0) AS bytes FROM quarantine');
  return {
    bytes: () => Number(readLogFact(database, 'quarantine-bytes') ?? (sum.get() as { bytes: number }).bytes),
    keep: (bytes: number) => writeLogFact(database, 'quarantine-bytes', String(bytes)),
  };
}

type Known = Pick<QuarantineRow, 'id' | 'raw' | 'correlation' | 'truncated' | 'persons' | 'sealed'>;
type KeptSince = Pick<RefusalContent, 'raw' | 'correlation'>;

/** Adds a refusal, or updates it if its text is known. Returns by how many bytes its text grew. */
function refusalWriter(database: DatabaseSync, sealing: RefusalSealing | undefined) {
  const find = database.prepare(
    'SELECT id, raw, correlation, truncated, persons, sealed FROM quarantine WHERE digest = ?',
  );
  const insert = database.prepare(`
    INSERT INTO quarantine (code, path, message, raw, correlation, truncated, persons, sealed, digest, door, origin, sequence, at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const update = database.prepare(`
    UPDATE quarantine SET code = ?, path = ?, message = ?, raw = ?, correlation = ?, truncated = ?, persons = ?, sealed = ?,
      released_ms = NULL WHERE id = ?`);

  /** What stays from the first time: its flow, and its text unless more is stored now. Undefined if its key was
   *  destroyed. */
  function firstOf(known: Known): KeptSince | undefined {
    if (known.sealed === null) return known;
    const said = sealing?.open(known.sealed, known.raw);
    return said === undefined ? undefined : (JSON.parse(said) as KeptSince);
  }

  return ({ refusal, digest, said, truncated, persons = new Set() }: KeptRefusal, atMs: number): number => {
    const { door, origin, problem, sequence } = refusal;
    const known = find.get(digest) as Known | undefined;
    const first = known && firstOf(known);
    const keepsFirst = known !== undefined && first !== undefined && Number(truncated) >= known.truncated;
    const { raw } = keepsFirst ? first : said;
    const { correlation } = first ?? said;
    const named = [...new Set([...(known?.persons?.match(/\S+/g) ?? []), ...persons])].join(' ');
    // What is sealed already stays sealed under its own key.
    const key = (first && known?.sealed) ?? (sealing?.seals ? sealing.newKey() : null);
    const written = sealed({ ...said, raw, correlation }, key);
    const cut = keepsFirst ? known.truncated : Number(truncated);
    const columns = [
      problem.code,
      written.path,
      written.message,
      written.raw,
      written.correlation,
      cut,
      named,
      key,
    ] as const;
    if (known === undefined) insert.run(...columns, digest, door, origin, sequence ?? null, atMs);
    else update.run(...columns, known.id);
    return Buffer.byteLength(written.raw) - Buffer.byteLength(known?.raw ?? '');
  };

  function sealed(said: RefusalContent, key: string | null): RefusalContent {
    if (key === null || sealing === undefined) return said;
    return { path: null, message: '', raw: sealing.seal(key, JSON.stringify(said)), correlation: null };
  }
}

const neverSealed: OpenRefusal = () => {
  throw new Error('the quarantine holds sealed entries, and its reader was given no keys');
};

// An entry may have half a million characters, so reading a page yields turns of the event loop.
const PORTION_ENTRIES = 25;

function quarantineReader(database: DatabaseSync, openSealed: OpenRefusal = neverSealed): QuarantineReader {
  const open = `SELECT ${selectedColumns(database)} FROM quarantine WHERE released_ms IS NULL`;
  const page = database.prepare(`${open} AND id > ? ORDER BY id LIMIT ?`);
  const one = database.prepare(`${open} AND id = ?`);
  const count = database.prepare('SELECT count(*) AS entries FROM quarantine WHERE released_ms IS NULL');
  return {
    async list({ after, limit }) {
      const entries: QuarantineEntry[] = [];
      for (let from = after; entries.length < limit;) {
        if (entries.length > 0) await nextTurn();
        const wanted = Math.min(PORTION_ENTRIES, limit - entries.length);
        const found = (page.all(from, wanted) as unknown as QuarantineRow[]).map((row) => toEntry(row, openSealed));
        entries.push(...found);
        if (found.length < wanted) break;
        from = found.at(-1)?.id ?? from;
      }
      return entries;
    },
    async get(id) {
      const row = one.get(id) as QuarantineRow | undefined;
      return row && toEntry(row, openSealed);
    },
    count: async () => (count.get() as { entries: number }).entries,
  };
}
