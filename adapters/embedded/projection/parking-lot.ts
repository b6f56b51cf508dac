import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { defined } from '../../../events/defined.ts';
import { KEY_RANGES, keyRangeOf } from '../../../events/key-range.ts';
import type { ParkedEvent, ParkedQuery, ParkedReader, ParkedSummary, ParkingLot } from '../../../ports/parking-lot.ts';
import { nextTurn } from '../../../resilience/clock.ts';

interface ParkedRow {
  position: number;
  key: string;
  event: string;
  consumer: string | null;
  attempts: number;
  code: string | null;
  error: string | null;
  parked_at_ms: number;
  retry_at_ms: number | null;
}

/** The parking lot in a projection's file, within its transactions. */
export function sqliteParkingLot(database: DatabaseSync): ParkingLot {
  const one = database.prepare('SELECT 1 FROM figtree_parked WHERE key = ? LIMIT 1');
  const put = database.prepare(
    `INSERT OR REPLACE INTO figtree_parked
       (position, key, range, event, consumer, attempts, code, error, parked_at_ms, retry_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare('DELETE FROM figtree_parked WHERE position = ?');
  const record = database.prepare(
    `INSERT OR REPLACE INTO figtree_discarded
     SELECT position, key, event, consumer, attempts, code, error, parked_at_ms, ?2 FROM figtree_parked
     WHERE position = ?1`,
  );
  const due = database.prepare('SELECT * FROM figtree_parked WHERE retry_at_ms <= ? ORDER BY retry_at_ms LIMIT ?');
  const next = database.prepare('SELECT min(retry_at_ms) AS at_ms FROM figtree_parked WHERE retry_at_ms IS NOT NULL');
  const renew = database.prepare('UPDATE figtree_parked SET attempts = 0, retry_at_ms = ? WHERE consumer IS NOT NULL');
  return {
    ...sqliteParkedReader(database),
    isParked: (key) => one.get(key) !== undefined,
    park({ position, key, event, consumer, attempts, code, error, parkedAtMs, retryAtMs }) {
      const failure = [consumer ?? null, attempts, code ?? null, error ?? null];
      put.run(position, key, keyRangeOf(key), event, ...failure, parkedAtMs, retryAtMs ?? null);
    },
    unpark: (position) => void remove.run(position),
    discard(position, nowMs) {
      record.run(position, nowMs);
      remove.run(position);
    },
    dueForRetry: (nowMs, limit) => toParkedEvents(due.all(nowMs, limit)),
    nextRetryMs: () => (next.get() as { at_ms: number | null }).at_ms ?? Infinity,
    renewAttempts: (nowMs) => void renew.run(nowMs),
  };
}

/** The same for reading, also on a read-only connection. */
export function sqliteParkedReader(database: DatabaseSync): ParkedReader {
  const count = database.prepare('SELECT count(*) AS events FROM figtree_parked');
  const ofKey = database.prepare('SELECT count(*) AS events FROM figtree_parked WHERE key = ? AND position > ?');
  const at = database.prepare('SELECT * FROM figtree_parked WHERE position = ?');
  const find = finder(database);
  const summary = summaryReader(database);
  return {
    parked: find,
    parkedAt: (position) => toParkedEvents(at.all(position))[0],
    parkedCount: (of) => ((of ? ofKey.get(of.key, of.after ?? 0) : count.get()) as { events: number }).events,
    parkedSummary: summary,
  };
}

/** Prepares a statement for each combination of conditions when it is first used; there are few. */
function finder(database: DatabaseSync): (query: ParkedQuery) => ParkedEvent[] {
  const prepared = new Map<string, StatementSync>();
  return ({ key, event, error, fronts = false, after, limit }) => {
    const conditions = [
      ...(key === undefined ? [] : ['key = :key']),
      ...(event === undefined ? [] : ['event = :event']),
      ...(error === undefined ? [] : ['(code = :error OR instr(error, :error) > 0)']),
      ...(fronts ? ['(consumer IS NOT NULL OR retry_at_ms IS NOT NULL)'] : []),
      ...(after === undefined ? [] : ['position > :after']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `SELECT * FROM figtree_parked ${where} ORDER BY position LIMIT :limit`;
    let statement = prepared.get(sql);
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
    return toParkedEvents(
      statement.all({
        ...defined({ key, event, error, after }),
        limit,
      }),
    );
  };
}

// Keys that are counted per turn of the event loop: some milliseconds.
const COUNTED_KEYS = 2000;

function summaryReader(database: DatabaseSync): () => Promise<ParkedSummary> {
  const discarded = database.prepare('SELECT count(*) AS events FROM figtree_discarded');
  // Events are first parked in the order of the log.
  const oldest = database.prepare('SELECT parked_at_ms AS ms FROM figtree_parked ORDER BY position LIMIT 1');
  const fronts = database.prepare(
    `SELECT consumer, key, (SELECT count(*) FROM figtree_parked AS parked WHERE parked.key = front.key) AS events
     FROM figtree_parked AS front WHERE consumer IS NOT NULL AND (consumer, key) > (?, ?) ORDER BY consumer, key LIMIT ?`,
  );
  const ofRange = database.prepare(
    'SELECT count(*) AS events, min(position) AS firstPosition FROM figtree_parked WHERE range = ?',
  );

  async function countByConsumer(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    let last = { consumer: '', key: '' };
    for (;;) {
      const page = fronts.all(last.consumer, last.key, COUNTED_KEYS) as unknown as Front[];
      for (const { consumer, events } of page) counts[consumer] = (counts[consumer] ?? 0) + events;
      if (page.length < COUNTED_KEYS) return counts;
      last = page.at(-1) ?? last;
      await nextTurn();
    }
  }

  async function countByRange(): Promise<ParkedSummary['byRange']> {
    const counts: { range: number; events: number; firstPosition: number }[] = [];
    for (let range = 0; range < KEY_RANGES; range += 1) {
      const { events, firstPosition } = ofRange.get(range) as { events: number; firstPosition: number | null };
      if (firstPosition !== null) counts.push({ range, events, firstPosition });
      if (events >= COUNTED_KEYS) await nextTurn();
    }
    return counts;
  }

  return async () => {
    const oldestMs = (oldest.get() as { ms: number } | undefined)?.ms;
    const byRange = oldestMs === undefined ? [] : await countByRange();
    return {
      events: byRange.reduce((sum, { events }) => sum + events, 0),
      ...defined({ oldestMs }),
      byConsumer: oldestMs === undefined ? {} : await countByConsumer(),
      byRange,
      discarded: (discarded.get() as { events: number }).events,
    };
  };
}

interface Front {
  readonly consumer: string;
  readonly key: string;
  readonly events: number;
}

function toParkedEvents(rows: unknown[]): ParkedEvent[] {
  return (rows as ParkedRow[]).map((row) => ({
    position: row.position,
    key: row.key,
    event: row.event,
    ...(row.consumer !== null && { consumer: row.consumer }),
    attempts: row.attempts,
    ...(row.code !== null && { code: row.code }),
    ...(row.error !== null && { error: row.error }),
    parkedAtMs: row.parked_at_ms,
    ...(row.retry_at_ms !== null && { retryAtMs: row.retry_at_ms }),
  }));
}
