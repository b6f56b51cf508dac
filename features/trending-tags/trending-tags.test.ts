import { describe, expect, it } from 'vitest';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import { keyOrders } from '../../ports/contracts/row-store.contract.ts';
import { engines } from '../../testing/tables/every-engine.ts';
import { happening, scenario } from '../../testing/tables/scenario.ts';
import { trendingTags } from './tables.ts';
import { tagsIn } from './tags.ts';
import { trendingModel } from './trending-tags.model.ts';

const projection = openTableProjection('trendingtags', trendingTags);

describe('hashtags', () => {
  it.each([
    ['#One #two, (#three)', ['one', 'two', 'three']],
    ['#a#b a#c &#39; http://x/#y', ['a']],
    ['#1 #_ # ## #1a', ['1a']],
    ['#Tréé #東京 #ភាសា #tree #TREE', ['tréé', '東京', 'ភាសា', 'tree']],
    [`#${'x'.repeat(65)} #${'y'.repeat(64)}`, ['y'.repeat(64)]],
  ])('in %s', (text, tags) => {
    expect(tagsIn(text)).toEqual(tags);
  });
});

describe('the tags of a day', () => {
  const trending = scenario('trendingtags', trendingTags);
  const ids = { yublId: 'b'.repeat(24), authorId: 'a'.repeat(24) };
  const posted = happening('yubl-posted', {
    ...ids,
    text: '#Spring in #London',
    postedAt: '2016-02-22T23:30:00-01:00',
  });
  const another = happening('yubl-posted', {
    ...ids,
    yublId: 'c'.repeat(24),
    text: '#spring',
    postedAt: '2016-02-23T00:00:00Z',
  });
  const day = '2016-02-23';

  it('count yubls', () =>
    trending
      .given(posted)
      .when(another)
      .thenRows({
        tags: [
          { day, tag: 'spring', yubls: 2 },
          { day, tag: 'london', yubls: 1 },
        ],
      }));

  it('do not count deleted ones', () =>
    trending
      .given(posted, another)
      .when(happening('yubl-deleted', { yublId: ids.yublId }))
      .thenRows({ tags: [{ day, tag: 'spring', yubls: 1 }] }));

  it('do not count those of users who left', () =>
    trending
      .given(posted, another)
      .when(happening('user-left', { userId: ids.authorId }))
      .thenRows({ tags: [], yubls: [] }));
});

/** The same history with `#` before its words, over a few days. */
const tagged = keyOrders.map((events) =>
  events.map((event, index) => {
    if (event.type !== 'yubl-posted') return event;
    const postedAt = `2016-02-${20 + (index % 3)}T23:30:00.000${index % 2 === 0 ? 'Z' : '-01:00'}`;
    return { ...event, data: { ...event.data, postedAt, text: event.data.text.replaceAll(/(^| )/g, '$1#') } };
  }),
);

describe('trending tags', () => {
  it.each(Object.entries(engines))('are those of the model in %s', async (_, check) => {
    await check(projection, tagged, async (ask, events) => {
      const expected = trendingModel(events);
      for (const day of ['2016-02-20', '2016-02-21', '2016-02-22', '2016-02-23', '2016-02-24']) {
        expect(await ask('trending', { day })).toEqual(expected.get(day) ?? []);
      }
    });
  });
});
