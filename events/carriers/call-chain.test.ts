import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaggage } from '../correlation.ts';
import { CALL_CHAIN_LENGTH_MAX, callChainLengthOf, calledWith, isLoggedInFull, withSampling } from './call-chain.ts';
import { correlationOfMessageAttributes, messageAttributes } from './message-attributes.ts';
import { cleanBaggage } from './trace-context.ts';
import { defined } from '../defined.ts';

describe('the length of a call chain', () => {
  test('is 1 for who begins, and one more for each that is called, until it is a loop', () => {
    const lengths: number[] = [];
    for (let flow = calledWith({ correlationid: 'a' }); callChainLengthOf(flow) < CALL_CHAIN_LENGTH_MAX;) {
      lengths.push(callChainLengthOf(flow));
      flow = calledWith(correlationOfMessageAttributes(messageAttributes(flow)));
    }
    expect(lengths).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('is each record’s own: one that loops says nothing of those beside it', () => {
    const batch = [{}, { baggage: 'call-chain-length=9' }, { baggage: 'call-chain-length=2' }];
    expect(batch.map((each) => callChainLengthOf(calledWith(each)))).toEqual([1, 10, 3]);
  });

  test.each([
    ['no number', 'many', 1],
    ['less than nothing', '-5', 1],
    ['no end', 'Infinity', Infinity],
    ['a part', '2.7', 3],
  ])('of %s is counted from what it can be', (_, length, next) => {
    expect(callChainLengthOf(calledWith({ baggage: `call-chain-length=${length}` }))).toBe(next);
  });

  test('has room in baggage of the full length', () => {
    const many = Array.from({ length: 100 }, (_, index) => [`k${index}`, 'v'.repeat(100)] as const);
    const full = cleanBaggage(many);
    const called = calledWith(defined({ baggage: full }));
    expect(callChainLengthOf(called)).toBe(1);
    expect(called.baggage?.length).toBeLessThanOrEqual(8192);
  });
});

describe('whether a flow is logged in full', () => {
  test('is decided once: later participants use the decision', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (rate, rolled) => {
          const begun = withSampling({ correlationid: 'a' }, rate, () => rolled);
          expect(isLoggedInFull(begun)).toBe(rolled < rate);
          const later = withSampling(begun, 1 - rate, () => {
            throw new Error('it is rolled again');
          });
          expect(later).toBe(begun);
        },
      ),
    );
  });

  test('leaves the rest of the baggage as it is', () => {
    const { baggage } = withSampling({ baggage: 'user-id=u1' }, 1);
    expect(parseBaggage(baggage)).toEqual({ 'user-id': 'u1', 'debug-log-enabled': 'true' });
  });
});
