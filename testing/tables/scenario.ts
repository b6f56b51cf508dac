import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { rowIn, type RowItem, tableIn } from '../../adapters/aws/dynamo/rows/items.ts';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { openProjectionFile } from '../../adapters/embedded/projection/file.ts';
import { quoted, rowOf, tablesSchema } from '../../adapters/embedded/tables/schema.ts';
import { openSqliteRowStore } from '../../adapters/embedded/tables/store.ts';
import { type OpenTableProjection, openTableProjection } from '../../consumers/tables/open-projection.ts';
import { catalog, type EventData, type EventType, isEventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import { parseEventData } from '../../events/reading/event-data.ts';
import { addIssues, type Finding, problemOf } from '../../events/reading/findings.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import type { Row } from '../../ports/row-store.ts';
import type { RowOf, Tables } from '../../projections/tables/define-table.ts';
import type { TableProjection } from '../../projections/tables/table-projection.ts';
import { openTableInMemory } from '../aws/table-in-memory.ts';
import { handleAlone } from '../consumers/handle-alone.ts';

/** An event that a scenario is about. */
export interface Happening {
  readonly type: EventType;
  readonly data: EventData<EventType>;
}

/** Throws an Error that names the type and all that is wrong with the data, where the publish door would refuse it. */
export function happening<Type extends EventType>(type: Type, data: EventData<Type>): Happening {
  if (!isEventType(type)) throw new Error(`happening ${String(type)}: the catalog has no such type`);
  const parsed = parseEventData<EventData<EventType>>(catalog[type], data);
  if (parsed.success) return { type, data: parsed.data };
  const findings: Finding[] = [];
  addIssues(findings, parsed.error.issues, (field) => (field === '' ? 'data' : `data.${field}`));
  throw new Error(`happening ${type}: ${problemOf('EVENT_INVALID', findings).message}`);
}

export interface Scenario<Of extends Tables> {
  /** What happened before, in this order. */
  given(...before: readonly Happening[]): GivenScenario<Of>;
}

interface GivenScenario<Of extends Tables> extends Outcome<Of> {
  when(...now: readonly Happening[]): Outcome<Of>;
}

type RowsByTable<Of extends Tables> = { readonly [Name in keyof Of]?: readonly RowOf<Of[Name]>[] };

interface Outcome<Of extends Tables> {
  /** The rows of these tables are exactly these, in any order, on every engine. */
  thenRows(rows: RowsByTable<Of>): Promise<void>;
  /** The last event is refused, on every engine, with this code or message; the rows stay as they were. */
  thenFails(reason: string): Promise<void>;
}

/** Tells stories of a projection of tables, each of them on every engine: `given(…).when(…).thenRows({ table: [rows] })`. */
export function scenario<const Of extends Tables>(name: string, declared: TableProjection<Of>): Scenario<Of> {
  const projection = openTableProjection(name, declared);
  const given = (...before: readonly Happening[]): GivenScenario<Of> => ({
    ...outcome(projection, before),
    when: (...now) => outcome(projection, [...before, ...now]),
  });
  return { given };
}

function outcome(projection: OpenTableProjection, happened: readonly Happening[]): Outcome<Tables> {
  const events = happened.map(({ type, data }, index) =>
    recordedEvent(type, data, { sequence: sequenceOf(1_456_124_520, index + 1), position: index + 1 }),
  );
  return {
    async thenRows(expected) {
      requireTables(projection, Object.keys(expected));
      for (const [engine, play] of Object.entries(engines)) {
        const rows = rowsOf(engine, events, await play(projection, events));
        for (const [table, own = []] of Object.entries(expected)) {
          expectSame(rows[table], own, `rows of ${table}, ${engine}`);
        }
      }
    },
    async thenFails(reason) {
      const earlier = events.slice(0, -1);
      for (const [engine, play] of Object.entries(engines)) {
        const before = rowsOf(engine, earlier, await play(projection, earlier));
        const { rows, failure } = await play(projection, events);
        expect(reasonOf(failure?.error), `failure of the last event, ${engine}`).toContain(reason);
        expect(rows, `rows after the failure, ${engine}`).toEqual(before);
      }
    },
  };
}

function requireTables({ name, described }: OpenTableProjection, named: readonly string[]): void {
  const tables = described.layouts.map((layout) => layout.name);
  const unknown = named.find((table) => !tables.includes(table));
  if (unknown === undefined) return;
  throw new Error(`projection ${name}: it has no table ${unknown}, only ${tables.join(', ')}`);
}

/** Throws an Error that names the engine and the event if one has failed. */
function rowsOf(engine: string, events: readonly HandledEvent[], { rows, failure }: Played): Played['rows'] {
  if (failure === undefined) return rows;
  const { at, error } = failure;
  const event = `${events[at]?.type}, event ${at + 1} of ${events.length}`;
  throw new Error(`${engine}: ${event}, fails: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  return `${(error as { readonly code?: string } | undefined)?.code ?? ''} ${String(error)}`.trim();
}

function expectSame(found: readonly Row[] = [], expected: readonly Row[], what: string): void {
  expect(sorted(found), what).toEqual(sorted(expected));
}

function sorted(rows: readonly Row[]): Row[] {
  const textOf = (row: Row) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

interface Played {
  /** By table. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** The first event that failed, by its index; those behind it were not handled. */
  readonly failure?: { readonly at: number; readonly error: unknown };
}

type Play = (projection: OpenTableProjection, events: readonly HandledEvent[]) => Promise<Played>;

async function handleAll(
  handle: (event: HandledEvent) => Promise<void>,
  events: readonly HandledEvent[],
): Promise<Pick<Played, 'failure'>> {
  for (const [at, event] of events.entries()) {
    try {
      await handle(event);
    } catch (error) {
      return { failure: { at, error } };
    }
  }
  return {};
}

const onSqlite: Play = async ({ described, forget, consumer }, events) => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-scenario-'));
  const file = openProjectionFile({ path: join(folder, 'scenario.db'), version: 1, schema: tablesSchema(described) });
  try {
    const handle = handleAlone(consumer(openSqliteRowStore(file, described, forget)));
    const inTransaction = (event: HandledEvent) =>
      file.commit(async () => {
        await handle(event);
        return 1;
      });
    const played = await handleAll(inTransaction, events);
    const rows = described.layouts.map(({ name, columns }) => {
      const all = file.database.prepare(`SELECT * FROM ${quoted(name)}`).all();
      return [name, all.map((found) => rowOf(found, columns))] as const;
    });
    return { ...played, rows: Object.fromEntries(rows) };
  } finally {
    file.close();
    rmSync(folder, { recursive: true });
  }
};

const onDynamo: Play = async ({ described, forget, consumer }, events) => {
  const table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
  const played = await handleAll(handleAlone(consumer(openDynamoRowStore(table, described, forget))), events);
  const rows: Record<string, Row[]> = Object.fromEntries(described.layouts.map(({ name }) => [name, []]));
  for await (const page of table.scan()) {
    for (const item of page as RowItem[]) {
      const row = rowIn(item);
      if (row !== undefined) rows[tableIn(item) ?? '']?.push(row);
    }
  }
  return { ...played, rows };
};

const engines: Readonly<Record<string, Play>> = { SQLite: onSqlite, DynamoDB: onDynamo };
