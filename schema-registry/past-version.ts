import type * as z from 'zod';
import type { EventData, EventType } from '../events/catalog.ts';
import { defined } from '../events/defined.ts';

/** A version of an event that is no longer published but may be in a log forever: its original schema, and the one step
 *  to the next version. */
export interface PastVersion<Type extends EventType = EventType, Data extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: number;
  /** Written out here without any value object in use: those change, and this must not. */
  readonly data: Data;
  /** The persons whom its personal fields are about, as in EventDefinition: the log holds this version forever. */
  readonly about?: Readonly<Record<string, string>>;
  /** Maps data of `version`, as it was parsed then, to its equivalent in `version` + 1: usually one event of the same
   *  type; none if it is dropped; several if it was split. Pure: the same data always returns the same events. */
  readonly upcast: (data: z.output<Data>) => readonly UpcastEvent[];
  /** The other event types that it may become. A query of the log for one of those returns it. */
  readonly becomes?: readonly EventType[];
}

/** For the event's own type it is data of the next version, for another type data of that one's current version. */
export interface UpcastEvent {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The target of a past version: the definition in the catalog, or the past version after it. */
interface NextVersion<Type extends EventType> {
  readonly type: Type;
  readonly data: z.ZodObject;
}

interface Step<
  Type extends EventType,
  Data extends z.ZodObject,
  Next extends NextVersion<Type>,
  Others extends EventType,
> {
  readonly type: Type;
  readonly version: number;
  readonly data: Data;
  /** The version after it, which determines the return type of `upcast`. */
  readonly next: Next;
  readonly about?: Readonly<Record<string, string>>;
  readonly becomes?: readonly Others[];
  readonly upcast: (data: z.output<Data>) => readonly NoInfer<Own<Type, Next> | Other<Others>>[];
}

type Own<Type extends EventType, Next extends NextVersion<Type>> = {
  readonly type: Type;
  readonly data: z.output<Next['data']>;
};

type Other<Types extends EventType> = {
  [Type in Types]: { readonly type: Type; readonly data: EventData<Type> };
}[Types];

/** Declares a past version so that a step that returns anything but the next version does not compile. */
export function definePastVersion<
  const Type extends EventType,
  Data extends z.ZodObject,
  Next extends NextVersion<Type>,
  const Others extends EventType = never,
>({ type, version, data, about = {}, upcast, becomes }: Step<Type, Data, Next, Others>): PastVersion<Type, Data> {
  return { type, version, data, about, upcast, ...defined({ becomes }) };
}
