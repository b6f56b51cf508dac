import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorCatalogue, FigtreeError } from '../../events/errors.ts';
import { answers, problemResponse } from './problem.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

// Written by hand, from the published interface.
const promised: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  CURSOR_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  EVENT_ID_CONFLICT: 409,
  BODY_TOO_LARGE: 413,
  INTERNAL: 500,
  SHUTTING_DOWN: 503,
  STORAGE_FAILED: 503,
  NOT_CAUGHT_UP: 504,
  STORAGE_FULL: 507,
};

describe('a problem document', () => {
  it.each(codes)('describes %s', async (code) => {
    const response = problemResponse(new FigtreeError(code, 'what happened', { allow: 'GET' }));
    const document = (await response.json()) as Record<string, unknown>;
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(document).toMatchObject({ code, status: response.status, retryable: errorCatalogue[code].retryable });
    expect(document['type']).toMatch(/^urn:figtree:problem:[a-z-]+$/);
    expect(document['title']).toEqual(expect.stringMatching(/^[A-Z].+/));
    expect(document['detail']).toEqual(expect.stringMatching(/.+/));
  });

  it.each(Object.entries(promised))('of %s has the status %i', (code, status) => {
    expect(answers[code as ErrorCode].status).toBe(status);
  });

  it('keeps to itself what went wrong inside', async () => {
    const inside = [
      new Error('/secret/path failed'),
      new FigtreeError('STORAGE_FULL', 'No space left for /secret/path'),
      new FigtreeError('STORAGE_FAILED', '/secret/path cannot be written'),
      new FigtreeError('DATA_DAMAGED', '/secret/path is damaged'),
      'a /secret/path thrown as text',
    ];
    for (const error of inside) {
      const response = problemResponse(error);
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(await response.text()).not.toContain('secret');
    }
  });

  it('says when to try again, how to authenticate and what is allowed', () => {
    const header = (code: ErrorCode, name: string) =>
      problemResponse(new FigtreeError(code, 'x', { allow: 'GET, HEAD' })).headers.get(name);
    expect(Number(header('SHUTTING_DOWN', 'retry-after'))).toBeGreaterThan(0);
    expect(Number(header('STORAGE_FAILED', 'retry-after'))).toBeGreaterThan(0);
    expect(header('UNAUTHENTICATED', 'www-authenticate')).toBe('Bearer realm="figtree"');
    expect(header('METHOD_NOT_ALLOWED', 'allow')).toBe('GET, HEAD');
  });
});
