import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { RowChanges, RowsStored, RowStore } from '../../ports/row-store.ts';
import type { OpenTable } from '../../projections/tables/open-tables.ts';
import type { Tables } from '../../projections/tables/define-table.ts';
import type { TableHandlers } from '../../projections/tables/table-projection.ts';
import { type Attempts, startAttempts } from '../../resilience/retry.ts';
import { within } from '../../resilience/timeout.ts';
import type { Consumer, Note } from '../runtime/consumer.ts';
import { whenStored } from '../runtime/when-stored.ts';
import { beginEventWork, type EventWork } from './event-work.ts';

export interface TableConsumerOptions {
  readonly projection: string;
  readonly tables: readonly OpenTable[];
  readonly on: TableHandlers<Tables>;
  readonly store: RowStore;
  /** A handler that has not ended after this time has failed. */
  readonly timeoutMs?: number;
}

// Shorter than the limit of an invocation on the stream, which could not tell whose handler it was.
export const HANDLER_MS_MAX = 15_000;
// Handlers that have read the same row take turns, and only one of them finds it unchanged.
const STALE_RETRY = { attemptsMax: 60, firstMs: 2, maxMs: 200 };

/** Runs the handlers of a projection of tables, and stores what each event changes as a whole, once. A handler runs
 *  again if another writer has changed a row that it has read. */
export function tableConsumer(options: TableConsumerOptions): Consumer {
  const { projection, on, tables } = options;
  const types = Object.keys(on) as EventType[];
  const handlers: Partial<Record<EventType, AnyEventHandler>> = Object.fromEntries(
    types.map((type) => [type, handlerOf(options, on[type] as unknown as AnyHandler)]),
  );
  if (tables.some(({ layout }) => layout.belongsTo.length > 0)) handlers['user-left'] = leaving(options, handlers);
  return { name: `update-${projection}`, on: handlers };
}

type AnyEventHandler = (event: HandledEvent) => Handled;

/** Also removes the rows of the user, after the projection's own handler of this event. */
function leaving({ store }: TableConsumerOptions, { 'user-left': own }: { readonly 'user-left'?: AnyEventHandler }) {
  return (event: HandledEvent): Handled => {
    const { userId } = (event as HandledEvent<'user-left'>).data;
    return whenStored<Note | void, Note | void>(own?.(event), () => store.leave(event, userId));
  };
}

type AnyHandler = (event: HandledEvent, tables: EventWork['tables']) => Promise<void> | void;
type Handled = Promise<Note | void> | Note | void;

function handlerOf(
  { projection, tables, store, timeoutMs = HANDLER_MS_MAX }: TableConsumerOptions,
  handle: AnyHandler,
) {
  const late = () => lateIn(projection, 'handler', timeoutMs);

  function attempt(event: HandledEvent, attempts?: Attempts): Handled {
    const work = beginEventWork(event, tables, store);
    let handling: Promise<void> | void;
    try {
      handling = handle(event, work.tables);
    } catch (error) {
      return unlessKnown(event, error);
    }
    const settle = () => settled(work.end(), event, attempts);
    if (handling === undefined) return settle();
    const failed = (error: unknown) => {
      work.end();
      return unlessKnown(event, error);
    };
    return within(handling, timeoutMs, late).then(settle, failed);
  }

  /** An event that has had its effect before may find rows in a state in which its handler fails. */
  function unlessKnown(event: HandledEvent, error: unknown): Handled {
    return whenStored<boolean, void>(store.isKnown(event), (isKnown) => {
      if (!isKnown) throw error;
    });
  }

  function settled(work: RowChanges, event: HandledEvent, attempts = startAttempts(STALE_RETRY)): Handled {
    // What a handler has read may be why it changes nothing; that is stored, too.
    if (work.changes.length === 0 && work.read.length === 0 && !work.hasListed) return undefined;
    return whenStored<RowsStored, Note | void>(store.store(work), (stored) => {
      if (stored === 'superseded') return SUPERSEDED;
      if (stored === 'stored') return undefined;
      return again(event, attempts);
    });
  }

  async function again(event: HandledEvent, attempts: Attempts): Promise<Note | void> {
    if (await attempts.again()) return await attempt(event, attempts);
    throw new FigtreeError('STORAGE_FAILED', `projection ${projection}: other writers keep changing the same rows`);
  }

  return (event: HandledEvent): Handled => attempt(event);
}

/** For a handler or an effect that has not ended in time. */
export function lateIn(projection: string, what: 'effect' | 'handler', timeoutMs: number): FigtreeError {
  return new FigtreeError('TABLE_MISUSED', `projection ${projection}: its ${what} has not ended after ${timeoutMs} ms`);
}

const SUPERSEDED: Note = { superseded: true };
