import { describe, expect, it } from 'vitest';
import { isFigtreeError } from '../events/errors.ts';
import { hasKeys, parseConfig, requireSafeListener } from './config.ts';

const LONG_KEY = 'k'.repeat(32);
const LONG_SECRET = 'a secret of more than thirty-two bytes';

const KEY_SET = {
  FIGTREE_JWKS_URL: 'https://id.example.org/jwks.json',
  FIGTREE_JWT_ISSUER: 'https://id.example.org/',
  FIGTREE_JWT_AUDIENCE: 'figtree',
};

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
      further: {},
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
      FIGTREE_PUBLISH_KEYS: 'monolith:k:1, mobile:k2, shop:k:3:urn:example:shop:, web:k4:/web/',
      FIGTREE_JWT_SECRET: LONG_SECRET,
      LOG_LEVEL: 'debug',
      FIGTREE_OF_A_FEATURE: 'any',
      OTHER: 'none of ours',
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
          { name: 'shop', key: 'k:3', sourcePrefix: 'urn:example:shop:' },
          { name: 'web', key: 'k4', sourcePrefix: '/web/' },
        ],
        jwt: { secret: LONG_SECRET },
      },
      logLevel: 'debug',
      further: { FIGTREE_OF_A_FEATURE: 'any' },
    });
    expect(hasKeys(config.auth)).toBe(true);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(parseConfig({ PORT: '', FIGTREE_JWT_SECRET: '', FIGTREE_PUBLISH_KEYS: '' })).toEqual(parseConfig({}));
  });

  it('takes the URL of a key set', () => {
    const { auth } = parseConfig({ ...KEY_SET, FIGTREE_JWT_EXPIRY: 'optional' });
    expect(auth.jwt).toEqual({
      jwksUrl: new URL('https://id.example.org/jwks.json'),
      issuer: 'https://id.example.org/',
      audience: 'figtree',
      expiry: 'optional',
    });
  });

  it.each(['http://localhost:8080/jwks', 'http://127.0.0.1/jwks', 'http://[::1]:1/jwks'])('takes %s', (url) => {
    expect(parseConfig({ ...KEY_SET, FIGTREE_JWKS_URL: url }).auth.jwt).toMatchObject({ jwksUrl: new URL(url) });
  });

  it.each(['FIGTREE_JWT_ISSUER', 'FIGTREE_JWT_AUDIENCE'])('refuses a key set without %s', (variable) => {
    const failure = failureOf(() => parseConfig({ ...KEY_SET, [variable]: '' }));
    expect([failure?.code, failure?.details['variable']]).toEqual(['CONFIG_INVALID', variable]);
  });

  it('takes issuer and audience with a secret, and refuses them with neither key', () => {
    const rules = { FIGTREE_JWT_ISSUER: 'us', FIGTREE_JWT_AUDIENCE: 'figtree' };
    const { auth } = parseConfig({ FIGTREE_JWT_SECRET: LONG_SECRET, ...rules });
    expect(auth.jwt).toEqual({ secret: LONG_SECRET, issuer: 'us', audience: 'figtree' });
    for (const [variable, value] of Object.entries(rules)) {
      expect(failureOf(() => parseConfig({ [variable]: value }))?.details['variable']).toBe(variable);
    }
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
    ['FIGTREE_JWKS_URL', 'http://id.example.org/jwks.json'],
    ['FIGTREE_JWKS_URL', 'http://localhost.example.org/jwks.json'],
    ['FIGTREE_JWT_ISSUER', ' https://id.example.org/'],
    ['FIGTREE_JWT_EXPIRY', 'never'],
    ['FIGTREE_PUBLISH_KEYS', 'nameless'],
    ['FIGTREE_PUBLISH_KEYS', ':key'],
    ['FIGTREE_PUBLISH_KEYS', 'name:'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1,,b:2'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1,a:2'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1,b:1'],
    ['FIGTREE_PUBLISH_KEYS', 'a::urn:x'],
    ['FIGTREE_PUBLISH_KEYS', 'a:1\nb:2'],
    ['FIGTREE_DATA', 'data\r'],
    ['FIGTREE_DATA', 'data\ufffd'],
    ['LOG_LEVEL', 'info\r'],
    ['FIGTREE_JWT_SECRET', 'a secret that is long enough for all\r'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by its name and with a reason', (variable, value) => {
    const failure = failureOf(() => parseConfig({ [variable]: value }));
    expect(failure?.code).toBe('CONFIG_INVALID');
    expect(failure?.details['variable']).toBe(variable);
    expect(failure?.message).toMatch(new RegExp(`^${variable} .{8,}`));
  });

  it.each([
    ['no name', 'hushhush'],
    ['semicolons between the pairs', 'a:hushhush;c:hushhush'],
    ['semicolons and blanks between the pairs', 'a:hushhush; c:hushhush'],
    ['bars between the pairs', 'a:hushhush|c:hushhush'],
    ['blanks between the pairs', 'a:hushhush c:hushhush'],
    ['lines in place of commas', 'a:hushhush\nc:hushhush'],
    ['a line break behind the last key', 'a:hushhush\n'],
    ['a line break inside of a key', 'a:hush\r\nhush'],
    ['a blank before a key', 'a: hushhush'],
    ['a blank behind a key', 'a:hushhush ,b:hush'],
    ['a tab inside of a key', 'a:hush\thush'],
    ['a control character of Latin-1', 'a:hush\u0085hush'],
    ['letters outside of Latin-1', 'a:hush\u20achush'],
    ['an emoji', 'a:hushhush\u{1f33f}'],
    ['nothing but blanks for a key', 'a: '],
    ['a name with a line break', 'a\nb:hushhush'],
  ])('refuses publish keys with %s, and shows none', (_, keys) => {
    const failure = failureOf(() => parseConfig({ FIGTREE_PUBLISH_KEYS: keys }));
    expect([failure?.code, failure?.details['variable']]).toEqual(['CONFIG_INVALID', 'FIGTREE_PUBLISH_KEYS']);
    expect(JSON.stringify([failure?.message, failure?.details])).not.toContain('hush');
  });

  it.each(['k:1;2', 'a b', 'p\u00e4\u00df', '!"#$%&\'()*+-./:<=>?@[]^_`{|}~'])(
    'takes the publish key %s as it is',
    (key) => {
      expect(parseConfig({ FIGTREE_PUBLISH_KEYS: `a:${key},b:other` }).auth.publishKeys[0]).toEqual({ name: 'a', key });
    },
  );

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
      FIGTREE_PUBLISH_KEYS: `a:${LONG_KEY}`,
      FIGTREE_JWT_SECRET: LONG_SECRET,
    });
    expect(failureOf(() => requireSafeListener(config))).toBeUndefined();
  });

  // RFC 7518, 3.2: 256 bits, which is 32 bytes and not 32 letters.
  it.each([
    { FIGTREE_JWT_SECRET: 'secret' },
    { FIGTREE_PUBLISH_KEYS: 'a:1' },
    { FIGTREE_PUBLISH_KEYS: `a:${LONG_KEY},b:${LONG_KEY.slice(1)}` },
    { FIGTREE_PUBLISH_KEYS: 'a:1', FIGTREE_JWT_SECRET: LONG_SECRET },
  ])('is the loopback alone with a secret that can be guessed: %j', (guessable) => {
    expect(failureOf(() => requireSafeListener(parseConfig(guessable)))).toBeUndefined();
    expect(failureOf(() => requireSafeListener(parseConfig({ ...guessable, HOST: '0.0.0.0' })))?.code).toBe(
      'CONFIG_INVALID',
    );
  });
});
