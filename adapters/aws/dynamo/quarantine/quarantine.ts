import type { Quarantine, QuarantineEntry, Refusal } from '../../../../ports/quarantine.ts';
import { batchesOf } from '../../../../resilience/batches.ts';
import { LOST, untilUncontended } from '../contention.ts';
import { type Item, type ItemKey, keyText } from '../item.ts';
import { createQuarantineIds } from './ids.ts';
import {
  counted,
  countKey,
  entryOf,
  isSameRefusal,
  type KeptRefusal,
  openKey,
  openPart,
  openSortKey,
  PARTS,
  refusalKey,
  replaced,
  withRefusal,
} from './items.ts';
import { type PackedText, packText, readTexts, writeTexts } from './texts.ts';
import type { DynamoTable, TransactAction } from '../dynamo-table.ts';

// Two actions per text and one for the count of each part: 100 at most.
const TEXTS_AT_ONCE = 46;
const PAGE_ITEMS_MAX = 1000;

/** The quarantine in a table, for any number of writers. Ids come from the clocks of the writers: of two entries added
 *  at the same moment, the newer is that of the later clock. */
export function openDynamoQuarantine(table: DynamoTable, now: () => number = Date.now): Quarantine {
  const ids = createQuarantineIds(now);

  async function addSome(some: ReadonlyMap<string, readonly Refusal[]>): Promise<void> {
    const first = [...some.values()].flatMap(([refusal]) => (refusal === undefined ? [] : [refusal]));
    const atMs = now();
    await untilDone(table, async () => {
      const part = Math.floor(Math.random() * PARTS);
      const known = await table.getAll(first.map(refusalKey));
      const texts = new Map<string, PackedText>();
      const pack = (text: string) => {
        const packed = packText(text);
        texts.set(packed.name, packed);
        return packed.name;
      };
      const changes: Change[] = [];
      for (const [key, refusals] of some) {
        const before = known.get(key) as KeptRefusal | undefined;
        const after = refusals.reduce<KeptRefusal | undefined>(
          (kept, refusal) => withRefusal(kept, refusal, { id: () => ids.next(part), pack, atMs }),
          before,
        );
        if (after !== undefined && !(before && isSameRefusal(before, after))) changes.push({ before, after });
      }
      await writeTexts(
        table,
        changes.flatMap(({ after }) => texts.get(after.text) ?? []),
      );
      return actionsOf(changes);
    });
  }

  return {
    ...reading(table),
    async add(refusals) {
      const byKey = Map.groupBy(refusals, (refusal) => keyText(refusalKey(refusal)));
      for (const some of batchesOf(byKey, { countMax: TEXTS_AT_ONCE })) await addSome(new Map(some));
    },
    async release(id) {
      await untilDone(table, async () => {
        const before = await keptOf(table, id);
        if (before === undefined) return [];
        return [
          replaced(before, { ...before, releasedMs: now() }),
          { delete: openKey(id), condition: { expression: 'attribute_exists(pk)' } },
          counted(id % PARTS, -1),
        ];
      });
    },
  };
}

interface Change {
  readonly before: KeptRefusal | undefined;
  readonly after: KeptRefusal;
}

function actionsOf(changes: readonly Change[]): TransactAction[] {
  const opened = changes.filter(({ before }) => before === undefined || before.releasedMs !== undefined);
  const byPart = Map.groupBy(opened, ({ after }) => after.id % PARTS);
  return [
    ...changes.map(({ before, after }) => replaced(before, after)),
    // Fails if another writer used the same id at the same moment; the next attempt uses another one.
    ...opened.map(({ after: { pk, id } }) => ({
      put: { ...openKey(id), refusal: pk },
      condition: { expression: 'attribute_not_exists(pk)' },
    })),
    ...[...byPart].map(([part, { length }]) => counted(part, length)),
  ];
}

function untilDone(table: DynamoTable, actions: () => Promise<TransactAction[]>): Promise<void> {
  return untilUncontended(table, 'the same refusals', async () => {
    const wanted = await actions();
    if (wanted.length > 0 && (await table.transact(wanted)).length > 0) return LOST;
    return undefined;
  });
}

function reading(table: DynamoTable): Pick<Quarantine, 'list' | 'get' | 'count'> {
  async function entriesOf(refusals: readonly Item[]): Promise<QuarantineEntry[]> {
    const found = await table.getAll(refusals.map(({ refusal }) => ({ pk: refusal as string, sk: 'Q' })));
    const kept = ([...found.values()] as unknown as KeptRefusal[]).filter(({ releasedMs }) => releasedMs === undefined);
    const texts = await readTexts(table, kept);
    return kept.map((each) => entryOf(each, texts.get(each.text) ?? '')).toSorted((one, other) => one.id - other.id);
  }

  return {
    async list({ after, limit }) {
      let behind = openSortKey(after);
      for (;;) {
        const open = await openBehind(table, behind, limit);
        const last = open.at(-1);
        if (last === undefined) return [];
        const entries = await entriesOf(open);
        if (entries.length > 0) return entries;
        // All of them have just been released.
        behind = last.sk;
      }
    },
    async get(id) {
      const kept = await keptOf(table, id);
      if (kept === undefined) return undefined;
      return entryOf(kept, (await readTexts(table, [kept])).get(kept.text) ?? '');
    },
    async count() {
      const counts = await table.getAll(partsOf(countKey));
      return [...counts.values()].reduce((sum, { n }) => sum + (n as number), 0);
    },
  };
}

/** The first entries that are not released, of all parts together. */
async function openBehind(table: DynamoTable, behind: string, limit: number): Promise<Item[]> {
  if (limit < 1) return [];
  const each = await Promise.all(
    partsOf(openPart).map(async (pk) => {
      const some: Item[] = [];
      const after: ItemKey = { pk, sk: behind };
      for await (const page of table.query({ pk, after, pageSize: Math.min(limit, PAGE_ITEMS_MAX) })) {
        some.push(...page);
        if (some.length >= limit) break;
      }
      return some;
    }),
  );
  return each
    .flat()
    .toSorted((one, other) => (one.sk < other.sk ? -1 : 1))
    .slice(0, limit);
}

/** Undefined if it does not exist or was released. */
async function keptOf(table: DynamoTable, id: number): Promise<KeptRefusal | undefined> {
  if (!Number.isSafeInteger(id) || id < 0) return undefined;
  const open = await table.get(openKey(id));
  if (open === undefined) return undefined;
  const kept = (await table.get({ pk: open['refusal'] as string, sk: 'Q' })) as KeptRefusal | undefined;
  return kept?.releasedMs === undefined ? kept : undefined;
}

function partsOf<Value>(of: (part: number) => Value): Value[] {
  return Array.from({ length: PARTS }, (_, part) => of(part));
}
