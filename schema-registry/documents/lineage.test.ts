import { describe, expect, test } from 'vitest';
import { impactInWords, type Lineage, recordingReads } from './lineage.ts';

interface Post {
  id: string;
  text?: string;
  place: { city: string; country?: string };
  tags: { name: string; hot: boolean }[];
}
const post: Post = { id: 'a', place: { city: 'Paris' }, tags: [{ name: 'x', hot: true }] };

function readsOf(read: (data: Post) => unknown): string[] {
  const reads = new Set<string>();
  read(recordingReads(structuredClone(post), (path) => void reads.add(path)));
  return [...reads].toSorted();
}

describe('reads of a field are seen', () => {
  test.each<[string, (data: Post) => unknown, string[]]>([
    ['none', () => undefined, []],
    ['by its name', (data) => data.id, ['id']],
    ['although it is absent', (data) => data.text ?? '', ['text']],
    ['by taking it apart', ({ id, ...rest }) => [id, rest], ['id', 'place', 'tags']],
    ['inside another', (data) => data.place.city, ['place', 'place.city']],
    ['in a list', (data) => data.tags.map(({ name }) => name), ['tags', 'tags[]', 'tags[].name']],
    ['by asking whether it is there', (data) => 'text' in data || Object.hasOwn(data, 'id'), ['id', 'text']],
    ['by copying all', (data) => ({ ...data }), ['id', 'place', 'tags']],
    ['by listing all', (data) => Object.keys(data), ['id', 'place', 'tags']],
    [
      'by writing all down',
      (data) => JSON.stringify(data),
      ['id', 'place', 'place.city', 'tags', 'tags[]', 'tags[].hot', 'tags[].name'],
    ],
    ['and what every object has is no field', (data) => [data.constructor, data.valueOf(), data instanceof Date], []],
  ])('%s', (_, read, expected) => {
    expect(readsOf(read)).toEqual(expected);
  });

  test('and the values are the same', () => {
    expect(recordingReads(post, () => {})).toEqual(post);
    expect(JSON.stringify(recordingReads(post, () => {}))).toBe(JSON.stringify(post));
  });
});

describe('what the removal of a field breaks', () => {
  const lineage: Lineage = {
    events: {
      posted: {
        producers: [],
        consumers: [
          { consumer: 'show', projection: 'feed', fields: ['id', 'place.city', 'text'] },
          { consumer: 'count', projection: 'feed', fields: ['text'] },
          { consumer: 'index', projection: 'search', fields: ['tags', 'text'] },
        ],
        subject: ['id'],
        partitionKey: ['id'],
      },
    },
  };

  test.each([
    ['text', 'Removing `text` of posted breaks feed and search.'],
    ['id', 'Removing `id` of posted breaks feed, its subject and its partition key.'],
    ['place', 'Removing `place` of posted breaks feed.'],
    ['tags[].name', 'Removing `tags[].name` of posted breaks search.'],
    ['likes', 'Nothing in this code reads `likes` of posted.'],
  ])('%s', (field, words) => {
    expect(impactInWords(lineage, 'posted', field)).toBe(words);
  });
});
