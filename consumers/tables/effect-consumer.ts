import type { EventType } from '../../events/catalog.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { OpenTable } from '../../projections/tables/open-tables.ts';
import type { EffectHandlers } from '../../projections/tables/effects.ts';
import { within } from '../../resilience/timeout.ts';
import type { Consumer } from '../runtime/consumer.ts';
import { beginEventWork, type EventWork } from './event-work.ts';
import { HANDLER_MS_MAX } from './table-consumer.ts';

export interface EffectConsumerOptions {
  readonly projection: string;
  readonly tables: readonly OpenTable[];
  readonly effects: EffectHandlers<Tables>;
  readonly store: RowStore;
}

type AnyHandler = (event: HandledEvent, tables: EventWork['tables']) => Promise<void> | void;

/** Runs the effects of a projection of tables, with the rows as they are before the event. They are not called in a
 *  replay, which changes the same rows without them. */
export function effectConsumer({ projection, tables, effects, store }: EffectConsumerOptions): Consumer {
  const late = () =>
    new FigtreeError('TABLE_MISUSED', `projection ${projection}: its effect has not ended after ${HANDLER_MS_MAX} ms`);
  const types = Object.keys(effects) as EventType[];
  const on = types.map((type) => {
    // Each handler gets the events of its type and the tables that it is declared with.
    const handle = effects[type] as unknown as AnyHandler;
    const run = async (event: HandledEvent): Promise<void> => {
      const work = beginEventWork(event, tables, store);
      try {
        await within(Promise.resolve(handle(event, work.tables)), HANDLER_MS_MAX, late);
      } catch (error) {
        work.end();
        throw error;
      }
      const [changed] = work.end().changes;
      if (changed !== undefined) throw misused(projection, changed.key.table);
    };
    return [type, run] as const;
  });
  return { name: `${projection}-effects`, on: Object.fromEntries(on), leavesSystem: true };
}

function misused(projection: string, table: string): FigtreeError {
  const message = `projection ${projection}, table ${table}: an effect changes rows, which only handlers may`;
  return new FigtreeError('TABLE_MISUSED', message);
}
