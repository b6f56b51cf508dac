import type { EventType } from '../../events/catalog.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import { isCovered } from '../../events/event-mark.ts';
import type { RowChanges, RowStore } from '../../ports/row-store.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { OpenTable } from '../../projections/tables/open-tables.ts';
import type { EffectHandlers } from '../../projections/tables/effects.ts';
import type { TableHandlers } from '../../projections/tables/table-projection.ts';
import { within } from '../../resilience/timeout.ts';
import type { Consumer } from '../runtime/consumer.ts';
import { beginEventWork, type EventWork } from './event-work.ts';
import { HANDLER_MS_MAX, lateIn } from './table-consumer.ts';

export interface EffectConsumerOptions {
  readonly projection: string;
  readonly tables: readonly OpenTable[];
  readonly effects: EffectHandlers<Tables>;
  /** The handlers, which tell by what they change whether an event was stored before. */
  readonly on: TableHandlers<Tables>;
  readonly store: RowStore;
}

type AnyHandler = (event: HandledEvent, tables: EventWork['tables']) => Promise<void> | void;

/** Runs the effects of a projection of tables, with the rows as they are before the event. They are not called in a
 *  replay, which changes the same rows without them, nor for an event that was stored before. */
export function effectConsumer({ projection, tables, effects, on, store }: EffectConsumerOptions): Consumer {
  const marked = new Set(tables.flatMap(({ layout }) => (layout.changedBy === 'one-key' ? [layout.name] : [])));

  async function changesOf(handle: AnyHandler, event: HandledEvent, what: 'effect' | 'handler'): Promise<RowChanges> {
    const late = () => lateIn(projection, what, HANDLER_MS_MAX);
    const work = beginEventWork(event, tables, store);
    try {
      await within(Promise.resolve(handle(event, work.tables)), HANDLER_MS_MAX, late);
    } finally {
      work.end();
    }
    return work.end();
  }

  /** The event was stored before, or a newer one of its key was, so that it never will be. Only rows that its handler
   *  changes can tell: others may be of another key, whose events are newer or older for no reason. */
  async function isPast(event: HandledEvent): Promise<boolean> {
    if (await store.isKnown(event)) return true;
    const handle = on[event.type] as unknown as AnyHandler | undefined;
    if (handle === undefined) return false;
    // If it fails, it would fail after the effect as well, and each attempt would repeat that.
    const { changes } = await changesOf(handle, event, 'handler');
    for (const { key } of changes) {
      if (marked.has(key.table) && isCovered(event, (await store.find(key)).mark)) return true;
    }
    return false;
  }

  const types = Object.keys(effects) as EventType[];
  const consumed = types.map((type) => {
    // Each handler gets the events of its type and the tables that it is declared with.
    const handle = effects[type] as unknown as AnyHandler;
    const run = async (event: HandledEvent): Promise<void> => {
      if (await isPast(event)) return;
      const [changed] = (await changesOf(handle, event, 'effect')).changes;
      if (changed !== undefined) throw misused(projection, changed.key.table);
    };
    return [type, run] as const;
  });
  return { name: `${projection}-effects`, on: Object.fromEntries(consumed), leavesSystem: true };
}

function misused(projection: string, table: string): FigtreeError {
  const message = `projection ${projection}, table ${table}: an effect changes rows, which only handlers may`;
  return new FigtreeError('TABLE_MISUSED', message);
}
