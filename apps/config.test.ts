import { describe, expect, it } from 'vitest';
import { isFigtreeError } from '../events/errors.ts';
import { hasKeys, parseConfig, requireSafeListener } from './config.ts';

const LONG_SECRET = 'a secret of more than thirty-two bytes';

function failureOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isFigtreeError(error)) return error;
    throw error;
  }
  return undefined;
}

describe('the environment', () => {
  it('has defaults for everything', () => {
    expect(parseConfig({})).toEqual({
      data: '.figtree',
      host: '127.0.0.1',
      port: 4000,
      feedLength: 800,
      celebrityFollowers: 10_000,
      personKeys: false,
      auth: { publishKeys: [] },
      logLevel: 'info',
    });
  });

  it('takes what is set', () => {
    const config = parseConfig({
      FIGTREE_DATA: '/somewhere',
      HOST: '0.0.0.0',
      PORT: '0',
      FIGTREE_FEED_LENGTH: '1',
      FIGTREE_CELEBRITY_FOLLOWERS: '0',
      FIGTREE_PERSON_KEYS: 'on',
      FIGTREE_PUBLISH_KEYS: 'monolith:k:1, mobile:k2',
      FIGTREE_JWT_SECRET: LONG_SECRET,
      LOG_LEVEL: 'debug',
    });
    expect(config).toEqual({
      data: '/somewhere',
      host: '0.0.0.0',
      port: 0,
      feedLength: 1,
      celebrityFollowers: 0,
      personKeys: true,
      auth: {
        publishKeys: [
          { name: 'monolith', key: 'k:1' },
          { name: 'mobile', key: 'k2' },
        ],
        jwt: { secret: LONG_SECRET },
      },
      logLevel: 'debug',
    });
    expect(hasKeys(config.auth)).toBe(true);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(parseConfig({ PORT: '', FIGTREE_JWT_SECRET: '', FIGTREE_PUBLISH_KEYS: '' })).toEqual(parseConfig({}));
  });

  it('takes the URL of a key set', () => {
    const { auth } = parseConfig({ FIGTREE_JWKS_URL: 'https://id.example.org/jwks.json' });
    expect(auth.jwt).toEqual({ jwksUrl: new URL('https://id.example.org/jwks.json') });
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['FIGTREE_FEED_LENGTH', '0'],
    ['FIGTREE_FEED_LENGTH', 'many'],
    ['FIGTREE_CELEBRITY_FOLLOWERS', '1e3'],
    ['FIGTREE_JWKS_URL', 'file:///etc/passwd'],
    ['FIGTREE_JWKS_URL', 'not a url'],
    ['FIGTREE_PUBLISH_KEYS', 'nameless'],
    ['FIGTREE_PUBLISH_KEYS', ':key'],
    ['FIGTREE_PUBLISH_KEYS', 'name:'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1,,b:2'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1,a:2'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by its name and with a reason', (variable, value) => {
    const failure = failureOf(() => parseConfig({ [variable]: value }));
    expect(failure?.code).toBe('CONFIG_INVALID');
    expect(failure?.details['variable']).toBe(variable);
    expect(failure?.message).toMatch(new RegExp(`^${variable} .{8,}`));
  });

  it('does not show a secret that it refuses', () => {
    const failure = failureOf(() => parseConfig({ FIGTREE_PUBLISH_KEYS: 'hushhush' }));
    expect(JSON.stringify([failure?.message, failure?.details])).not.toContain('hushhush');
  });

  it('refuses a secret together with a key set', () => {
    const both = { FIGTREE_JWT_SECRET: LONG_SECRET, FIGTREE_JWKS_URL: 'https://id.example.org/jwks.json' };
    expect(failureOf(() => parseConfig(both))?.code).toBe('CONFIG_INVALID');
  });
});

describe('what may listen', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('is %s without keys', (HOST) => {
    expect(failureOf(() => requireSafeListener(parseConfig({ HOST })))).toBeUndefined();
  });

  it.each(['0.0.0.0', '::', '192.168.0.7', 'example.org', '127.0.0.1.example.org'])(
    'is not %s without keys',
    (HOST) => {
      expect(failureOf(() => requireSafeListener(parseConfig({ HOST })))?.code).toBe('AUTH_REQUIRED');
    },
  );

  it('is any host with keys', () => {
    const config = parseConfig({
      HOST: '0.0.0.0',
      FIGTREE_PUBLISH_KEYS: `a:${LONG_SECRET}`,
      FIGTREE_JWT_SECRET: LONG_SECRET,
    });
    expect(failureOf(() => requireSafeListener(config))).toBeUndefined();
  });

  it('is the loopback alone with a secret that can be guessed', () => {
    const guessable = { FIGTREE_JWT_SECRET: 'secret' };
    expect(failureOf(() => requireSafeListener(parseConfig(guessable)))).toBeUndefined();
    expect(failureOf(() => requireSafeListener(parseConfig({ ...guessable, HOST: '0.0.0.0' })))?.code).toBe(
      'CONFIG_INVALID',
    );
  });
});
