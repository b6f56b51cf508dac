import type { EventDefinition } from '../../events/define-event.ts';
import { generateSamples, type GeneratedSample } from './sample-generator.ts';
import { sampleSource } from './sample-source.ts';
import { anyText } from './sample-texts.ts';
import { seedOf } from './sample-values.ts';
import type { CurrentCode } from '../stored-reading.ts';
import { patternsOf, propertiesOf, type SchemaPart, wireSchemaOf } from './wire-schema.ts';

export interface HistoryEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
  /** Its place in the source's own order, from 0. Several may share one, and they do not arrive in order. */
  readonly order: number;
}

interface Wishes {
  readonly seed: number;
  readonly events: number;
}

// So few that events are about the same users and yubls again and again: followed, unfollowed and followed again,
// deleted before and after, left and still mentioned.
const IDS = 4;
// Then others are used: users who left stay away, and once all have left nothing happens any longer.
const EVENTS_OF_SAME_PER_TYPE = 4.3;
const SAMPLES_PER_TYPE = 80;

/** A random history of all events of the catalog in which they meet each other in every order. The same seed generates
 *  the same history. */
export function sampleHistory(code: CurrentCode, { seed, events }: Wishes): HistoryEvent[] {
  const types = [...code.current.keys()];
  const samples = new Map(types.map((type) => [type, shortSamples(code, type, seed)]));
  const identifiers = new Map([...code.current].map(([type, definition]) => [type, identifiersOf(definition)]));
  const made = new Map<string, string | undefined>();
  function idOf({ pattern, part }: Identifier, number: number): string | undefined {
    const key = `${number} ${pattern}`;
    if (!made.has(key)) made.set(key, anyText(part, number));
    return made.get(key);
  }
  const history: HistoryEvent[] = [];
  for (let number = 0; history.length < events && number < events * 10; number += 1) {
    const random = (what: string) => seedOf({ seed, path: `${number} ${what}`, depth: 0 });
    const type = types[random('type') % types.length] ?? '';
    const ofType = samples.get(type) ?? [];
    const sample = ofType[random('sample') % ofType.length];
    if (sample === undefined) continue;
    const data = { ...(sample.data as Record<string, unknown>) };
    const first = 1 + IDS * Math.floor(history.length / (types.length * EVENTS_OF_SAME_PER_TYPE));
    for (const identifier of identifiers.get(type) ?? []) {
      const { name } = identifier;
      if (name in data) data[name] = idOf(identifier, first + (random(name) % IDS)) ?? data[name];
    }
    if (code.current.get(type)?.safeParse(data).success) history.push({ type, data, order: random('order') % events });
  }
  return history;
}

function shortSamples(code: CurrentCode, type: string, seed: number): GeneratedSample[] {
  const made = generateSamples(sampleSource(type, undefined, { code, frozen: [] }), { seed, count: SAMPLES_PER_TYPE });
  // The very long ones would only make it slow.
  return made.filter(({ data }) => JSON.stringify(data).length < 2000);
}

interface Identifier {
  readonly name: string;
  readonly pattern: string;
  readonly part: SchemaPart;
}

/** Fields with their own pattern identify something. Those with the same pattern share their names, like `userId` and
 *  `authorId`. */
function identifiersOf({ data }: Pick<EventDefinition, 'data'>): Identifier[] {
  const schema = wireSchemaOf(data);
  return propertiesOf({ schema, root: schema }).flatMap(({ name, part }) => {
    const [pattern] = patternsOf(part);
    return pattern === undefined || part.schema.format !== undefined ? [] : [{ name, pattern, part }];
  });
}
