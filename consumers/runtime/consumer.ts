import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';

/** A function that reacts to events. It receives the events of one partition key in order, and each takes effect once:
 *  writes through its projection's stores are committed together with the checkpoint. */
export interface Consumer {
  /** Name in log lines, traces and `/status`. */
  readonly name: string;
  /** By type of event; other types are skipped. */
  readonly on: Handlers;
  /** The handlers affect something outside of the projection: an email, a call to another system. They are not called
   *  in a replay, which would repeat the past. Such effects cannot be rolled back, and a crash may repeat them: at
   *  least once. */
  readonly leavesSystem?: true;
}

export type Handlers = { readonly [Type in EventType]?: Handler<Type> };

/** May return a note for the log line and the trace. Throwing stops the event's key, not the others. */
export type Handler<Type extends EventType> = (
  event: HandledEvent<Type>,
  context: HandlerContext,
) => Promise<Note | void> | Note | void;

/** Marks that the past is applied again, to rebuild a projection. */
export interface Replay {
  /** In the log lines of its handlers, to tell them from the original ones. */
  readonly id: string;
  /** False once the projection has replaced the live one: events from then on are new. The position decides, so an
   *  event of the past that was parked still counts as past when it is handled later. */
  readonly active: (event: Pick<HandledEvent, 'position'>) => boolean;
}

export type Note = Readonly<Record<string, unknown>>;

export interface HandlerContext {
  /** True while the past is applied again: then nothing may leave the system. */
  readonly replay: boolean;
  readonly log: Log;
}

/** Log lines carry the event's correlation automatically. */
export interface Log {
  debug(details: Note, message: string): void;
  info(details: Note, message: string): void;
  warn(details: Note, message: string): void;
  error(details: Note, message: string): void;
}

/** A function that reacts to messages that another consumer sends, such as the batches of a fan-out. */
export interface MessageConsumer<Message> {
  readonly name: string;
  readonly handle: (message: Message) => Promise<Note | void> | Note | void;
}
