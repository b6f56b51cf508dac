import { resolved, type CanonicalForm, type Shape } from './shape.ts';

/** One reason why a reader may refuse what a writer writes. */
export interface Misfit {
  /** The path, for instance `media[].url`; empty for the whole. */
  readonly path: string;
  readonly topic: 'missing' | 'undeclared' | 'shadow' | 'value';
  /** false: the schemas cannot tell, only real data can. */
  readonly certain: boolean;
  /** What the writer may write and the reader refuses, as the end of a sentence. */
  readonly says: string;
}

/** The state of a comparison: both sides, the path, and the recursive pairs that are being compared. */
export interface ComparedPlace {
  readonly writer: CanonicalForm;
  readonly reader: CanonicalForm;
  readonly path: string;
  readonly pairs: ReadonlySet<string>;
}

export type Compare = (writer: Shape, reader: Shape, place: ComparedPlace) => Misfit[];

export function inField(place: ComparedPlace, name: string): ComparedPlace {
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}` };
}

export function inItems(place: ComparedPlace): ComparedPlace {
  return { ...place, path: `${place.path}[]` };
}

export function refused(place: ComparedPlace, says: string, topic: Misfit['topic'] = 'value'): Misfit {
  return { path: place.path, topic, certain: true, says };
}

export function unproven(place: ComparedPlace, says: string): Misfit {
  return { path: place.path, topic: 'value', certain: false, says };
}

export function writerShape(shape: Shape, place: ComparedPlace): Shape {
  return resolved(shape, place.writer);
}

export function readerShape(shape: Shape, place: ComparedPlace): Shape {
  return resolved(shape, place.reader);
}

const MANY = 6;

/** A shape in a few words, for messages. */
export function wordsFor(shape: Shape): string {
  switch (shape.kind) {
    case 'values': {
      const listed = shape.values.slice(0, MANY).map((value) => JSON.stringify(value));
      return shape.values.length > MANY ? `${listed.join(', ')}, …` : listed.join(', ');
    }
    case 'string':
      return ['a string', ...(shape.formats ?? []).map((format) => `(${format})`)].join(' ');
    case 'number':
      return shape.integer === true ? 'a whole number' : 'a number';
    case 'union':
      return shape.branches.map(wordsFor).join(' or ');
    case 'any':
      return 'anything';
    case 'never':
      return 'nothing';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'boolean':
      return 'a boolean';
    case 'both':
      return shape.parts.map(wordsFor).join(' and ');
    case 'recursive':
      return 'a recursive value';
    case 'unseen':
      return `something that no schema shows (${shape.what})`;
    default:
      return shape satisfies never;
  }
}
