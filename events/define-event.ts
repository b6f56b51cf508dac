import * as z from 'zod';

export type Version = number;

/** draft: may still change in any way, and `schema check` passes it by. deprecated: nobody new may subscribe. */
export type EventStatus = 'draft' | 'active' | 'deprecated';

export interface Deprecation {
  /** YYYY-MM-DD: until when it will come. Nothing is refused after that day, because an event that is sent is a fact. */
  readonly sunset: string;
  /** The event that takes its place. */
  readonly replacedBy?: string;
  /** Names of the consumers that subscribed before: those who are still to leave. */
  readonly remaining?: readonly string[];
}

/** Who has to be able to read what is published now, besides the code that is here: the subscribers that are declared, with
 *  the versions that they run; or everybody who reads any version that was ever frozen. */
export type Compatibility = 'subscribers' | 'full';

/** What one event of the catalog is: its name, its shape, and the words that its readers need. */
export interface EventDefinition<Type extends string = string, Data extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: Version;
  /** The team that answers for this event. */
  readonly owner: string;
  readonly summary: string;
  readonly data: Data;
  /** Whom each personal field is about: its path, and the path of that person's id. What is sealed under a person's own key
   *  can be erased with it, also where one event is about two persons. */
  readonly about: Readonly<Record<string, string>>;
  readonly status: EventStatus;
  /** Present if and only if it is deprecated. */
  readonly deprecation?: Deprecation;
  /** unvalidated: whoever publishes it has not parsed it here, so old events may hold keys that nobody declared. */
  readonly writer: 'validated' | 'unvalidated';
  readonly compatibility: Compatibility;
  /** Names of fields that were removed. They cannot come back with another type. */
  readonly reserved: readonly string[];
  /** The aggregate's id: becomes the envelope's `subject`. */
  readonly subject: (data: z.output<Data>) => string;
  /** Events of one key are handled in the order in which they were recorded; across keys there is no order. */
  readonly partitionKey: (data: z.output<Data>) => string;
  readonly examples: readonly z.output<Data>[];
  /** `dataschema` of the envelope, for instance `figtree:yubl-posted:2`. */
  readonly dataschema: string;
  /** Gives the parsed data (undeclared keys left out) or the issues, never throws. */
  readonly safeParse: (data: unknown) => z.ZodSafeParseResult<z.output<Data>>;
}

type Defaulted = 'about' | 'status' | 'writer' | 'compatibility' | 'reserved';
type Declared<Type extends string, Data extends z.ZodObject> = Omit<
  EventDefinition<Type, Data>,
  'dataschema' | 'safeParse' | Defaulted
> &
  Partial<Pick<EventDefinition<Type, Data>, Defaulted>>;

/** Declares an event once: its TypeScript type, its parser and its documentation all come from here. */
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

// Every event that enters is parsed, so the parser is compiled: it takes half the time of the interpreted one. What zod
// cannot compile (recursion, for instance) it interprets.
function parserOf<Data extends z.ZodObject>(schema: Data): EventDefinition<string, Data>['safeParse'] {
  const compiled = z.compile(schema);
  return (data) => compiled.safeParse(data);
}
