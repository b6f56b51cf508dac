import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import { type Correlation, currentCorrelation, formatBaggage, parseBaggage, withCorrelation } from './correlation.ts';

describe('the correlation', () => {
  test('is empty outside of any', () => {
    expect(currentCorrelation()).toEqual({});
  });

  test('is there within, also in what it calls, and is over afterwards', () => {
    const inner = (): Correlation => currentCorrelation();
    expect(withCorrelation({ correlationid: 'a' }, () => inner())).toEqual({ correlationid: 'a' });
    expect(currentCorrelation()).toEqual({});
    expect(() =>
      withCorrelation({ correlationid: 'a' }, () => {
        throw new Error('it fails');
      }),
    ).toThrow('it fails');
    expect(currentCorrelation()).toEqual({});
  });

  test('is the inner one within another, and then the outer one again', () => {
    const seen = withCorrelation({ correlationid: 'outer', baggage: 'a=b' }, () => [
      withCorrelation({ correlationid: 'inner' }, () => currentCorrelation()),
      currentCorrelation(),
    ]);
    expect(seen).toEqual([{ correlationid: 'inner' }, { correlationid: 'outer', baggage: 'a=b' }]);
  });

  test('is each one’s own where many run at once', async () => {
    const flow = (correlationid: string) =>
      withCorrelation({ correlationid }, async () => {
        await sleep(Math.random() * 5);
        const behindTimer = currentCorrelation().correlationid;
        await Promise.resolve();
        return [behindTimer, currentCorrelation().correlationid];
      });
    const names = Array.from({ length: 50 }, (_, index) => `flow ${index}`);
    expect(await Promise.all(names.map((name) => flow(name)))).toEqual(names.map((name) => [name, name]));
  });
});

// W3C Baggage, 3.3.1: a name is a token of RFC 9110.
const token = fc.string({
  unit: fc.constantFrom(..."abcxyzABCXYZ0189!#$%&'*+-.^_`|~"),
  minLength: 1,
  maxLength: 20,
});

describe('baggage', () => {
  test('reads what the standard gives as its examples', () => {
    expect(
      parseBaggage('key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue'),
    ).toEqual({
      key1: 'value1',
      key2: 'value2',
      key3: 'value3',
    });
    expect(parseBaggage('userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false')).toEqual({
      userId: 'Amélie',
      serverNode: 'DF 28',
      isProduction: 'false',
    });
    expect(parseBaggage('a=b=c')).toEqual({ a: 'b=c' });
  });

  test('passes over what cannot be read and keeps the rest', () => {
    expect(parseBaggage(',,=x,nothing,a=%zz,b=1,%,c=')).toEqual({ b: '1', c: '' });
    expect(parseBaggage('')).toEqual({});
    expect(parseBaggage(undefined)).toEqual({});
  });

  test('is nothing if there is nothing to carry', () => {
    expect(formatBaggage({})).toBeUndefined();
  });

  test('comes out as it went in', () => {
    const entries = fc.dictionary(
      fc.oneof(token, fc.constantFrom('__proto__', 'toString')),
      fc.string({ unit: 'grapheme' }),
    );
    const property = fc.property(entries, (sent) => {
      const text = formatBaggage(sent);
      expect(Object.entries(parseBaggage(text))).toEqual(Object.entries(sent));
      // Only characters allowed in a header.
      if (text !== undefined) expect(text).toMatch(/^[\x21-\x7e]+$/);
    });
    fc.assert(property, { numRuns: randomRuns(150) });
  });

  test('is written and read whatever the text is', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseBaggage(formatBaggage({ text }))).toEqual({ text: text.toWellFormed() });
      expect(typeof parseBaggage(text)).toBe('object');
    });
    fc.assert(property);
  });
});
