import type * as z from 'zod';
import type { EventData, EventType } from '../events/catalog.ts';

/** A version of an event that is published no more and may stand in the log for ever: its schema as it was, and the one
 *  step from it to the next version. */
export interface PastVersion<Type extends EventType = EventType, Data extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: number;
  /** Written out here and made of no value object that is in use: those change, and this must not. */
  readonly data: Data;
  /** Whom its personal fields are about, as in EventDefinition: the log holds this version for ever. */
  readonly about?: Readonly<Record<string, string>>;
  /** Data of `version`, as it was parsed then, to what stands for it in `version` + 1: mostly one event of the same type;
   *  none if it is dropped; several if it was split. Pure: the same data gives the same events, whenever it is read. */
  readonly upcast: (data: z.output<Data>) => readonly UpcastEvent[];
  /** The other events that it may become. Whoever asks the log for one of those is given it. */
  readonly becomes?: readonly EventType[];
}

/** Of the event's own type it is data of the next version, of another type it is data of that one's current version. */
export interface UpcastEvent {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a past version leads to: the definition in the catalog, or the past version after it. */
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
  /** The version after it, which gives `upcast` the type of its result. */
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

/** Declares a past version so that a step which gives something else than the next version does not compile. */
export function definePastVersion<
  const Type extends EventType,
  Data extends z.ZodObject,
  Next extends NextVersion<Type>,
  const Others extends EventType = never,
>({ type, version, data, about = {}, upcast, becomes }: Step<Type, Data, Next, Others>): PastVersion<Type, Data> {
  return { type, version, data, about, upcast, ...(becomes !== undefined && { becomes }) };
}
