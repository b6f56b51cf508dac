import * as fc from 'fast-check';
import { expect } from 'vitest';
import { defined } from '../../events/defined.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import { type Page, PAGE_BYTES_MAX, type PageQuery } from '../page.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { arrivals, histories } from './histories.ts';

/** An engine's store of one projection, a reader opened beside it, and its consumer. */
export interface ProjectionUnderTest<Store, Reader> {
  readonly store: Store;
  readonly reader: Reader;
  readonly unit: Pick<UnitOfWork, 'commit' | 'attempt'>;
  /** The consumer's handling of one event. */
  handle(event: RecordedEvent): Promise<void>;
  close(): Promise<void>;
}

export interface ProjectionEngine<Store, Reader> {
  readonly name: string;
  /** Whether a failed commit or attempt is rolled back, and invisible until it is done. Otherwise writes stay and are
   *  visible immediately; then a failed event is delivered again, and events of different keys are handled
   *  concurrently. */
  readonly transactions: boolean;
  /** An empty place for data, and the function that removes it. */
  newPlace(): { readonly place: string; readonly remove: () => unknown };
  open(place: string): Promise<ProjectionUnderTest<Store, Reader>>;
}

/** Opens an engine on a new place, and cleans up in any case. */
export async function withProjection<Store, Reader>(
  engine: ProjectionEngine<Store, Reader>,
  use: (opened: ProjectionUnderTest<Store, Reader>) => Promise<void>,
): Promise<void> {
  const { place, remove } = engine.newPlace();
  try {
    const opened = await engine.open(place);
    try {
      await use(opened);
    } finally {
      await opened.close();
    }
  } finally {
    await remove();
  }
}

/** Some events, and what fails before they are applied successfully. */
interface Portion {
  readonly events: readonly RecordedEvent[];
  /** These events and all later ones. What is rolled back is taken from them, so that a leftover shows. */
  readonly remaining: readonly RecordedEvent[];
  /** `commit`: a commit is rolled back first. `attempt`: an attempt within the commit is. */
  readonly undoneFirst?: 'commit' | 'attempt';
  /** The engine is closed and reopened before. */
  readonly reopened: boolean;
}

/** Random histories in random arrivals, cut anywhere. */
export const scenarios: fc.Arbitrary<readonly Portion[]> = histories.chain(arrivals).chain((events) =>
  fc
    .array(fc.tuple(fc.nat({ max: events.length }), fc.constantFrom(undefined, 'commit', 'attempt'), fc.boolean()), {
      maxLength: 4,
    })
    .map((cuts) => {
      const sorted = cuts.toSorted(([a], [b]) => a - b);
      return [[0, undefined, false] as const, ...sorted].map(([from, undoneFirst, reopened], index): Portion => {
        const remaining = events.slice(from);
        const portion = remaining.slice(0, (sorted[index]?.[0] ?? events.length) - from);
        return { events: portion, remaining, reopened, ...defined({ undoneFirst }) };
      });
    }),
);

/** Applies the portions and calls `check` after each with all events applied so far. */
export async function play<Store, Reader>(
  engine: ProjectionEngine<Store, Reader>,
  portions: readonly Portion[],
  check: (reader: Reader, applied: readonly RecordedEvent[]) => Promise<void>,
): Promise<void> {
  const { place, remove } = engine.newPlace();
  let opened = await engine.open(place);
  try {
    const applied: RecordedEvent[] = [];
    for (const portion of portions) {
      if (portion.reopened) {
        await opened.close();
        opened = await engine.open(place);
      }
      await (engine.transactions ? applyPortion(opened, portion) : applySideBySide(opened, portion));
      applied.push(...portion.events);
      await check(opened.reader, applied);
    }
  } finally {
    await opened.close();
    await remove();
  }
}

/** As a stream without transactions delivers: what a failure has written stays, and the events are delivered again. */
async function applySideBySide<Store, Reader>(
  { handle }: ProjectionUnderTest<Store, Reader>,
  { events, undoneFirst }: Portion,
): Promise<void> {
  if (undoneFirst !== undefined) await handleKeys(events.slice(0, Math.ceil(events.length / 2)), handle);
  await handleKeys(events, handle);
}

/** Events of one key in order, different keys concurrently. */
export async function handleKeys(
  events: readonly RecordedEvent[],
  handle: (event: RecordedEvent) => Promise<void>,
): Promise<void> {
  const keys = Map.groupBy(events, ({ partitionkey }) => partitionkey).values();
  await Promise.all(
    [...keys].map(async (ofKey) => {
      for (const event of ofKey) await handle(event);
    }),
  );
}

async function applyPortion<Store, Reader>(
  opened: ProjectionUnderTest<Store, Reader>,
  { events, remaining, undoneFirst }: Portion,
): Promise<void> {
  const { unit } = opened;
  const handleAll = async (some: readonly RecordedEvent[]) => {
    for (const event of some) await opened.handle(event);
  };
  const handleAndFail = async () => {
    await handleAll(remaining);
    throw new Error('undone');
  };
  if (undoneFirst === 'commit') await expect(unit.commit(handleAndFail)).rejects.toThrow('undone');
  await unit.commit(async () => {
    if (undoneFirst === 'attempt') {
      // Half is written before the attempt, so that a rollback of everything shows.
      const half = Math.ceil(events.length / 2);
      await handleAll(events.slice(0, half));
      await expect(unit.attempt(handleAndFail)).rejects.toThrow('undone');
      await unit.attempt(() => handleAll(events.slice(half)));
    } else {
      await handleAll(events);
    }
    return events.length;
  });
}

/** Reads a list to its end, page by page. */
export async function walk<Item, Cursor>(
  read: (query: PageQuery<Cursor>) => Promise<Page<Item, Cursor>>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let after: Cursor | undefined;
  do {
    const page: Page<Item, Cursor> = await read({ limit, ...defined({ after }) });
    items.push(...page.items);
    after = page.next;
    expectRoom(page.items, { limit, isLast: after === undefined });
  } while (after !== undefined);
  return items;
}

/** A page never exceeds its limits of items and bytes. A page that is not the last one has reached one of them. */
export function expectRoom(
  items: readonly unknown[],
  { limit, isLast }: { readonly limit: number; readonly isLast: boolean },
): void {
  const bytes = new TextEncoder().encode(JSON.stringify(items)).length;
  expect(items.length).toBeLessThanOrEqual(limit);
  if (items.length > 1) expect(bytes).toBeLessThanOrEqual(PAGE_BYTES_MAX + 2);
  if (!isLast && items.length < limit) expect(bytes).toBeGreaterThan(PAGE_BYTES_MAX / 2);
}
