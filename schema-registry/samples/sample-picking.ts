import { redacted, roundedLength } from './redaction.ts';
import type { WireSchema } from './wire-schema.ts';

/** Data of an event as a log holds it. */
export interface LoggedData {
  readonly position: number;
  readonly data: unknown;
}

export interface PickedSample {
  readonly name: string;
  readonly origin: 'log';
  readonly data: unknown;
}

// Shapes are few where events are many. Freely chosen keys must not fill the memory.
const SHAPES_MAX = 20_000;

/** Keeps the first event of each shape: which fields exist, of which type, how long, with which characters. */
export interface ShapeCollection {
  add(event: LoggedData): void;
  /** Returns `count` of them that differ most in shape, with generated text in place of personal text. */
  pick(count: number, about: { readonly schema: WireSchema; readonly seed: number }): PickedSample[];
}

export function collectShapes(): ShapeCollection {
  const first = new Map<string, { readonly features: readonly string[]; readonly event: LoggedData }>();
  return {
    add(event) {
      const features = featuresOf(event.data, '');
      const shape = features.join('|');
      if (!first.has(shape) && first.size < SHAPES_MAX) first.set(shape, { features, event });
    },
    pick(count, { schema, seed }) {
      const left = [...first.values()];
      const seen = new Set<string>();
      const picked: PickedSample[] = [];
      while (picked.length < count && left.length > 0) {
        const fresh = left.map(({ features }) => features.filter((feature) => !seen.has(feature)));
        const best = fresh.reduce((most, each, at) => (each.length > (fresh[most]?.length ?? 0) ? at : most), 0);
        const [{ event } = { event: undefined }] = left.splice(best, 1);
        if (event === undefined) break;
        const special = fresh[best] ?? [];
        special.forEach((feature) => seen.add(feature));
        // A position is specific to one log, but it makes the name unique and can be looked up.
        const what = picked.length === 0 || special.length === 0 ? 'as usual' : special.slice(0, 3).join(', ');
        const data = redacted(event.data, schema, seed + event.position);
        picked.push({ name: `${what} (#${event.position})`, origin: 'log', data });
      }
      return picked;
    },
  };
}

/** What can be told about a value without revealing it, one line per fact. */
function featuresOf(value: unknown, path: string): string[] {
  const at = path === '' ? 'data' : path;
  if (typeof value === 'string') return [`${at}: ${textClass(value)}`];
  if (typeof value === 'number') return [`${at}: ${numberClass(value)}`];
  if (value === null || typeof value !== 'object') return [`${at}: ${String(value)}`];
  if (Array.isArray(value)) {
    const items = value.flatMap((each) => featuresOf(each, `${path}[]`));
    return [`${at}: list of ${roundedLength(value.length)}`, ...new Set(items)];
  }
  const keys = Object.keys(value);
  const inside = keys.flatMap((key) =>
    featuresOf((value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`),
  );
  return [`${at}: ${keys.length === 0 ? 'no fields' : keys.toSorted().join('+')}`, ...inside];
}

function textClass(text: string): string {
  if (text === '') return 'empty';
  const traits = [
    text.trim() === '' ? 'blank' : '',
    /[\u{10000}-\u{10ffff}]/u.test(text) ? 'astral' : /[^\0-\x7f]/.test(text) ? 'not ASCII' : '',
    /\p{Mn}/u.test(text) ? 'combining' : '',
    // oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
    /[\0-\x1f\x7f]/.test(text) ? 'control' : '',
  ];
  return [`text of ${roundedLength(text.length)}`, ...traits.filter((trait) => trait !== '')].join(', ');
}

function numberClass(value: number): string {
  const sign = value < 0 ? 'negative ' : value === 0 ? 'zero ' : '';
  return `${sign}${Number.isInteger(value) ? 'integer' : 'fraction'} of ${roundedLength(Math.ceil(Math.abs(value)))}`;
}
