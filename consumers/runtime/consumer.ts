import type { EventType } from '../../events/catalog.ts';
import type { HandledEvent } from '../../events/envelope.ts';

/** A function that reacts to events. It gets the events of one partition key in order and each of them once in effect:
 *  whatever it writes through its projection's stores is committed together with the checkpoint. */
export interface Consumer {
  /** Its name in log lines, traces and `/status`. */
  readonly name: string;
  /** By type of event; the others pass by. */
  readonly on: Handlers;
  /** What its handlers do reaches beyond the projection: a mail, a call of another system. They are not called in a replay,
   *  because the past would be told again. Nothing undoes what they did, and a crash may repeat it: at least once. */
  readonly leavesSystem?: true;
}

export type Handlers = { readonly [Type in EventType]?: Handler<Type> };

/** May give a note for the log line and the trace. Throwing stops the event's key, not the others. */
export type Handler<Type extends EventType> = (
  event: HandledEvent<Type>,
  context: HandlerContext,
) => Promise<Note | void> | Note | void;

/** That the past is applied again, to build a projection anew. */
export interface Replay {
  /** In the log lines of its handlers, so that they are told from those of the first time. */
  readonly id: string;
  /** False once the projection has taken over from the one that was live: what comes then is new. What was parked while it
   *  was the past is still of the past when it is handled later, and its position tells. */
  readonly active: (event: Pick<HandledEvent, 'position'>) => boolean;
}

export type Note = Readonly<Record<string, unknown>>;

export interface HandlerContext {
  /** True while the past is applied again: then nothing may leave the system. */
  readonly replay: boolean;
  readonly log: Log;
}

/** Log lines carry the event's correlation without being told. */
export interface Log {
  debug(details: Note, message: string): void;
  info(details: Note, message: string): void;
  warn(details: Note, message: string): void;
  error(details: Note, message: string): void;
}

/** A function that reacts to messages which another consumer sends, such as the batches of a fan-out. */
export interface MessageConsumer<Message> {
  readonly name: string;
  readonly handle: (message: Message) => Promise<Note | void> | Note | void;
}
