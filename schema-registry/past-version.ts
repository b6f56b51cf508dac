import type * as z from 'zod';
import type { EventData, EventType } from '../events/catalog.ts';

/** A version of an event that is published no more and may stand in the log for ever: its schema as it was, and the one
 *  step from it to the next version. */
export interface PastVersion<Type extends EventType = EventType, Data extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: number;
  readonly data: Data;
  /** Data of `version`, as it was parsed then, to what stands for it in `version` + 1: mostly one event of the same type;
   *  none if it is dropped; several if it was split. */
  readonly upcast: (data: z.output<Data>) => readonly UpcastEvent[];
}

export type UpcastEvent = { [Type in EventType]: { readonly type: Type; readonly data: EventData<Type> } }[EventType];
