import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue, FigtreeError, isFigtreeError } from './errors.ts';

describe('an error', () => {
  test('says of each code whether the same call may succeed later', () => {
    for (const [code, { retryable }] of Object.entries(errorCatalogue)) {
      expect(new FigtreeError(code as ErrorCode, 'words').retryable).toBe(retryable);
    }
  });

  test('carries its details and its cause', () => {
    const cause = new Error('below');
    const error = new FigtreeError('STORAGE_FULL', 'words', { path: 'p', cause });
    expect(error).toMatchObject({ code: 'STORAGE_FULL', message: 'words', details: { path: 'p' } });
    expect(error.cause).toBe(cause);
    expect(error.stack).toContain('errors.test.ts');
    expect('cause' in new FigtreeError('INTERNAL', 'words')).toBe(false);
  });

  test('has the details that its code promises', () => {
    const thrown: unknown = new FigtreeError('EVENTS_ARCHIVED', 'words', { first: 9, more: 'words' });
    const first: number | undefined = isFigtreeError(thrown, 'EVENTS_ARCHIVED') ? thrown.details.first : undefined;
    expect(first).toBe(9);
    // @ts-expect-error The first position is required.
    expect(new FigtreeError('EVENTS_ARCHIVED', 'words').details).toEqual({});
  });

  test('is known by its code, whatever its class', () => {
    const ofAnotherBundle = Object.assign(new Error('words'), { code: 'DATA_IN_USE' });
    expect(isFigtreeError(ofAnotherBundle)).toBe(true);
    expect(isFigtreeError(ofAnotherBundle, 'DATA_IN_USE')).toBe(true);
    expect(isFigtreeError(ofAnotherBundle, 'DATA_NEWER')).toBe(false);
  });

  test.each([
    ['an error without a code', new Error('words')],
    ['a code that is not ours', Object.assign(new Error('words'), { code: 'ENOENT' })],
    ['a name that every object has', Object.assign(new Error('words'), { code: 'toString' })],
    ['a code that is no text', Object.assign(new Error('words'), { code: 5 })],
    ['what is no error', { code: 'DATA_IN_USE' }],
    ['nothing', undefined],
  ])('is not %s', (_, thrown) => expect(isFigtreeError(thrown)).toBe(false));
});
