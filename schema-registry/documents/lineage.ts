/** The producers of each event, and the consumers with the fields that they read. */
export interface Lineage {
  readonly events: Readonly<Record<string, EventLineage>>;
}

export interface EventLineage {
  readonly producers: readonly Producer[];
  readonly consumers: readonly FieldReads[];
  /** The fields from which the envelope's attributes are derived. */
  readonly subject: readonly string[];
  readonly partitionKey: readonly string[];
}

export interface Producer {
  /** The door: for changes of the monolith, or for events. */
  readonly door: 'legacy' | 'events';
  /** The change that becomes this event, for instance `insert of users`. */
  readonly change?: string;
}

export interface FieldReads {
  readonly consumer: string;
  readonly projection: string;
  /** Fields of `data` that it reads, sorted: `text`, `place.city`, `tags[]`. */
  readonly fields: readonly string[];
}

/** Reports every read of a field of `data` to `onRead` by its path. The values are the same; anything that is not a
 *  plain object or a list is returned as it is. Listing the fields counts as reading each. */
export function recordingReads<Data extends object>(data: Data, onRead: (path: string) => void, path = ''): Data {
  const pathOf = (key: string) => (Array.isArray(data) ? `${path}[]` : path === '' ? key : `${path}.${key}`);
  const told = (key: string | symbol): key is string => typeof key === 'string' && isField(data, key);
  return new Proxy(data, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      if (!told(key)) return value;
      onRead(pathOf(key));
      return typeof value === 'object' && value !== null ? recordingReads(value, onRead, pathOf(key)) : value;
    },
    has(target, key) {
      if (told(key)) onRead(pathOf(key));
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      if (told(key)) onRead(pathOf(key));
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
}

// Properties that the language itself reads are not fields.
const ASKED_BY_LANGUAGE = new Set(['toJSON', 'then']);

function isField(data: object, key: string): boolean {
  if (Object.hasOwn(data, key)) return !(Array.isArray(data) && key === 'length');
  if (Array.isArray(data)) return false;
  return !ASKED_BY_LANGUAGE.has(key) && !(key in Object.prototype);
}

/** What removing a field would break, in one sentence. */
export function impactInWords({ events }: Lineage, type: string, field: string): string {
  const event = events[type];
  if (event === undefined) return `${type} is not an event of the catalog.`;
  const readers = event.consumers.filter(({ fields }) => touches(fields, field));
  const projections = [...new Set(readers.map(({ projection }) => projection))];
  const broken = [
    ...projections,
    ...(touches(event.subject, field) ? ['its subject'] : []),
    ...(touches(event.partitionKey, field) ? ['its partition key'] : []),
  ];
  if (broken.length === 0) return `Nothing in this code reads \`${field}\` of ${type}.`;
  return `Removing \`${field}\` of ${type} breaks ${listed(broken)}.`;
}

/** Reading a field includes the fields within it and those around it. */
function touches(fields: readonly string[], field: string): boolean {
  return fields.some((one) => one === field || isBelow(one, field) || isBelow(field, one));
}

function isBelow(field: string, above: string): boolean {
  return field.startsWith(`${above}.`) || field.startsWith(`${above}[`);
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
