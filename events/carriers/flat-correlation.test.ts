import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaggage } from '../correlation.ts';
import { correlationOfFlat } from './flat-correlation.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('the correlation of a request', () => {
  test('is empty if it carries none', () => {
    expect(correlationOfFlat({ host: 'x', 'user-agent': 'y', accept: undefined })).toEqual({});
  });

  test('is named by x-correlation-id, in any case', () => {
    expect(correlationOfFlat({ 'X-Correlation-ID': 'abc' })).toEqual({ correlationid: 'abc' });
  });

  test('is named by the trace if there is no x-correlation-id', () => {
    expect(correlationOfFlat({ traceparent: TRACEPARENT })).toEqual({
      correlationid: TRACE,
      traceparent: TRACEPARENT,
    });
  });

  test('is named by x-correlation-id and not by the trace if there are both', () => {
    const carrier = { traceparent: TRACEPARENT, 'x-correlation-id': 'abc' };
    expect(correlationOfFlat(carrier)).toEqual({ correlationid: 'abc', traceparent: TRACEPARENT });
  });

  test('holds every other x-correlation header and the two older names as baggage', () => {
    const { baggage } = correlationOfFlat({
      'x-correlation-user-id': 'u1',
      'X-Correlation-Yubl-Id': 'y1',
      'Debug-Log-Enabled': 'true',
      'call-chain-length': '3',
    });
    expect(parseBaggage(baggage)).toEqual({
      'user-id': 'u1',
      'yubl-id': 'y1',
      'debug-log-enabled': 'true',
      'call-chain-length': '3',
    });
  });

  test('lets x-correlation headers win over the baggage header', () => {
    const { baggage } = correlationOfFlat({
      baggage: 'user-id=old;secret=1, plan=a%20b',
      'x-correlation-user-id': 'new',
    });
    expect(parseBaggage(baggage)).toEqual({ 'user-id': 'new', plan: 'a b' });
  });

  test('is read from the flat object of an old payload as well, where values may be numbers', () => {
    const carrier = { 'x-correlation-id': 'abc', 'call-chain-length': 2, 'debug-log-enabled': false, other: {} };
    expect(correlationOfFlat(carrier)).toEqual({
      correlationid: 'abc',
      baggage: 'call-chain-length=2,debug-log-enabled=false',
    });
  });

  test('takes the first of repeated headers, and all baggage headers', () => {
    const carrier = { 'x-correlation-id': ['a', 'b'], baggage: ['k=1', 'l=2'] };
    expect(correlationOfFlat(carrier)).toEqual({ correlationid: 'a', baggage: 'k=1,l=2' });
  });
});

describe('what is wrong in the correlation of a request is left out, and the rest stays', () => {
  test.each([
    ['upper case', TRACEPARENT.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['version ff', `ff${TRACEPARENT.slice(2)}`],
    ['more than version 00 has', `${TRACEPARENT}-more`],
    ['a short trace', '00-4bf9-00f067aa0ba902b7-01'],
    ['words', 'hello'],
  ])('a traceparent with %s', (_, traceparent) => {
    expect(correlationOfFlat({ traceparent, 'x-correlation-id': 'abc' })).toEqual({ correlationid: 'abc' });
  });

  test('what a newer version of traceparent adds', () => {
    const { traceparent } = correlationOfFlat({ traceparent: `01${TRACEPARENT.slice(2)}-what-ever` });
    expect(traceparent).toBe(`01${TRACEPARENT.slice(2)}`);
  });

  test('what no event may have in its id', () => {
    expect(correlationOfFlat({ 'x-correlation-id': 'a\r\nb\u0000\u0085c\ud800' })).toEqual({ correlationid: 'abc' });
    expect(correlationOfFlat({ 'x-correlation-id': '\t\n' })).toEqual({});
  });

  test('what is over 1,024 characters of an id, without half a character at the end', () => {
    expect(correlationOfFlat({ 'x-correlation-id': 'x'.repeat(1025) }).correlationid).toBe('x'.repeat(1024));
    const pairs = correlationOfFlat({ 'x-correlation-id': `x${'😀'.repeat(600)}` }).correlationid;
    expect(pairs).toBe(`x${'😀'.repeat(511)}`);
  });

  test('a baggage name that is no token, and a value that cannot be decoded', () => {
    expect(correlationOfFlat({ baggage: 'a b=1,c=%zz,d=4,=5,e', 'x-correlation-f g': '6' })).toEqual({
      baggage: 'd=4',
    });
  });

  test('baggage over 8,192 bytes, the last of it first', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`x-correlation-k${index}`, 'v'.repeat(200)]),
    );
    const { baggage = '' } = correlationOfFlat(many);
    expect(Buffer.byteLength(baggage)).toBeLessThanOrEqual(8192);
    expect(Object.keys(parseBaggage(baggage)).slice(0, 2)).toEqual(['k0', 'k1']);
    expect(Object.keys(parseBaggage(baggage)).length).toBeGreaterThan(30);
  });
});

test('any headers give a correlation within its limits, and reading that again changes nothing', () => {
  const names = fc.oneof(
    fc.constantFrom('x-correlation-id', 'traceparent', 'baggage', 'x-correlation-a', 'X-CORRELATION-', '__proto__'),
    fc.string(),
  );
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constant(TRACEPARENT),
    fc.constant('a=1,b=%20'),
    fc.anything(),
  );
  fc.assert(
    fc.property(fc.dictionary(names, values), (carrier) => {
      const correlation = correlationOfFlat(carrier);
      expect(correlation.correlationid?.length ?? 1).toBeLessThanOrEqual(1024);
      expect(Buffer.byteLength(correlation.baggage ?? '')).toBeLessThanOrEqual(8192);
      const again = correlationOfFlat({
        ...correlation,
        ...(correlation.correlationid !== undefined && { 'x-correlation-id': correlation.correlationid }),
      });
      expect(again).toEqual(correlation);
    }),
  );
});
