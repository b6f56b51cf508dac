import * as z from 'zod';

export type Version = number;

/** draft: may still change in any way, and `schema check` skips it. deprecated: new subscribers are refused. */
export type EventStatus = 'draft' | 'active' | 'deprecated';

export interface Deprecation {
  /** YYYY-MM-DD: the last day on which it is published. Nothing is refused after that day, because a published event is
   *  a fact. */
  readonly sunset: string;
  /** The event that replaces it. */
  readonly replacedBy?: string;
  /** Names of the consumers that subscribed before and still have to leave. */
  readonly remaining?: readonly string[];
}

/** Readers that must understand new events besides the code here: the declared subscribers, with the versions they run;
 *  or every reader of any frozen version. */
export type Compatibility = 'subscribers' | 'full';

/** The definition of one event: its name, its schema, and the text its readers need. */
export interface EventDefinition<Type extends string = string, Data extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: Version;
  /** The team responsible for this event. */
  readonly owner: string;
  readonly summary: string;
  readonly data: Data;
  /** The person each personal field is about: the field's path, and the path of that person's id. Text sealed under a
   *  person's own key can be erased with it, even if one event is about two persons. */
  readonly about: Readonly<Record<string, string>>;
  readonly status: EventStatus;
  /** Present if and only if it is deprecated. */
  readonly deprecation?: Deprecation;
  /** unvalidated: publishers did not parse it here, so old events may have undeclared keys. */
  readonly writer: 'validated' | 'unvalidated';
  readonly compatibility: Compatibility;
  /** Names of removed fields. They cannot return with another type. */
  readonly reserved: readonly string[];
  /** The aggregate's id: becomes the envelope's `subject`. */
  readonly subject: (data: z.output<Data>) => string;
  /** Events of one key are handled in the order in which they were recorded; there is no order across keys. */
  readonly partitionKey: (data: z.output<Data>) => string;
  readonly examples: readonly z.output<Data>[];
  /** `dataschema` of the envelope, for instance `figtree:yubl-posted:2`. */
  readonly dataschema: string;
  /** Returns the parsed data (without undeclared keys) or the issues; never throws. */
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<z.output<Data>>;
}

type Defaulted = 'about' | 'status' | 'writer' | 'compatibility' | 'reserved';
type Declared<Type extends string, Data extends z.ZodObject> = Omit<
  EventDefinition<Type, Data>,
  'dataschema' | 'safeParse' | Defaulted
> &
  Partial<Pick<EventDefinition<Type, Data>, Defaulted>>;

/** Declares an event once: its TypeScript type, its parser and its documentation are all derived from it. */
export function defineEvent<const Type extends string, Data extends z.ZodObject>(
  declared: Declared<Type, Data>,
): EventDefinition<Type, Data> {
  return {
    status: declared.deprecation === undefined ? 'active' : 'deprecated',
    writer: 'validated',
    compatibility: 'subscribers',
    reserved: [],
    about: {},
    ...declared,
    dataschema: `figtree:${declared.type}:${declared.version}`,
    safeParse: parserOf(declared.data),
  };
}

// Every incoming event is parsed, so the parser is compiled: it takes half the time of the interpreted one. zod
// interprets what it cannot compile (recursion, for instance).
function parserOf<Data extends z.ZodObject>(schema: Data): EventDefinition<string, Data>['safeParse'] {
  const compiled = z.compile(schema);
  return (data) => compiled.safeParse(data);
}
