import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Proof } from './open-routes.ts';

// Tokens are made here with Node's own cryptography, and not with the library that checks them.

export const ADA = 'ada000000000000000000ada';
export const BOB = 'b0b000000000000000000b0b';
export const SECRET = 'a secret of the issuer, of more than thirty-two bytes';
export const PUBLISH_KEY = 'publish-key-of-the-monolith-0123456789abcdef';
export const OTHER_PUBLISH_KEY = 'publish-key-of-the-mobile-app-0123456789abc';
export const ISSUER = 'https://issuer.example/';
export const AUDIENCE = 'https://figtree.example';

/** A kind of request, and what it proves. */
export interface Credential {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Appended to the path. */
  readonly query?: string;
  readonly proof: Proof;
}

type Claims = Readonly<Record<string, unknown>>;

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const part = (content: unknown) =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url');
const claimsOf = (claims: Claims) => ({ iss: ISSUER, aud: AUDIENCE, exp: inSeconds(3600), ...claims });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;

interface Signing {
  readonly header?: Claims;
  readonly secret?: string;
  readonly alg?: keyof typeof HASHES;
}

function hmacToken(claims: Claims, { header = {}, secret = SECRET, alg = 'HS256' }: Signing = {}): string {
  const signed = `${part({ alg, typ: 'JWT', ...header })}.${part(claimsOf(claims))}`;
  return `${signed}.${createHmac(HASHES[alg], secret).update(signed).digest('base64url')}`;
}

/** Claims that would open everything if they were trusted. */
const EVERYTHING = { sub: ADA, scope: 'admin' };
const NOTHING: Proof = {};
const PUBLISHES: Proof = { publishes: true };
const OF_ADA: Proof = { token: { userId: ADA } };
const OF_AN_ADMIN: Proof = { token: { admin: true } };
const OF_NOBODY: Proof = { token: {} };
const OF_EVERYTHING: Proof = { token: { userId: ADA, admin: true } };

/** The requests for a server with FIGTREE_JWT_SECRET and FIGTREE_PUBLISH_KEYS. */
export function sharedSecretCredentials(): Credential[] {
  return [...keyCredentials(), ...goodTokens(), ...badTokens()];
}

function keyCredentials(): Credential[] {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  return [
    { name: 'none', headers: {}, proof: NOTHING },
    { name: 'an empty header', headers: { authorization: '' }, proof: NOTHING },
    { name: 'the word Bearer alone', headers: { authorization: 'Bearer' }, proof: NOTHING },
    { name: 'a wrong key', headers: bearer('publish-key-of-nobody'), proof: NOTHING },
    { name: 'a wrong key in its own header', headers: { 'x-api-key': 'nope' }, proof: NOTHING },
    { name: 'a publish key', headers: bearer(PUBLISH_KEY), proof: PUBLISHES },
    { name: 'a publish key in its own header', headers: { 'x-api-key': OTHER_PUBLISH_KEY }, proof: PUBLISHES },
    { name: 'the beginning of a key', headers: bearer(PUBLISH_KEY.slice(0, -1)), proof: NOTHING },
    { name: 'a key and more', headers: { 'x-api-key': `${PUBLISH_KEY}0` }, proof: NOTHING },
    { name: 'a key in capitals', headers: { 'x-api-key': PUBLISH_KEY.toUpperCase() }, proof: NOTHING },
    { name: 'the name of a key', headers: bearer('monolith'), proof: NOTHING },
    { name: 'a name with its key', headers: { 'x-api-key': `monolith:${PUBLISH_KEY}` }, proof: NOTHING },
    { name: 'both keys', headers: { 'x-api-key': `${PUBLISH_KEY},${OTHER_PUBLISH_KEY}` }, proof: NOTHING },
    { name: 'a key without a scheme', headers: { authorization: PUBLISH_KEY }, proof: NOTHING },
    { name: 'a key by Basic', headers: basic(`${PUBLISH_KEY}:`), proof: NOTHING },
    { name: 'the secret itself', headers: { 'x-api-key': SECRET }, proof: NOTHING },
    { name: 'a key in the query', headers: {}, query: `x-api-key=${PUBLISH_KEY}`, proof: NOTHING },
    {
      name: 'a key and a token',
      headers: { 'x-api-key': PUBLISH_KEY, ...bearer(hmacToken({ sub: ADA })) },
      proof: { ...PUBLISHES, ...OF_ADA },
    },
  ];
}

function goodTokens(): Credential[] {
  const token = (name: string, claims: Claims, proof: Proof) => ({ name, headers: bearer(hmacToken(claims)), proof });
  return [
    token('the same user', { sub: ADA }, OF_ADA),
    token('the same user in capitals', { sub: ADA.toUpperCase() }, OF_ADA),
    token('another user', { sub: BOB }, { token: { userId: BOB } }),
    token('an administrator', { sub: 'operator', scope: 'admin' }, OF_AN_ADMIN),
    token('an administrator among other scopes', { sub: 'operator', scope: 'read admin write' }, OF_AN_ADMIN),
    token('scopes as a list', { sub: 'operator', scope: ['read', 'admin'] }, OF_AN_ADMIN),
    token('an administrator without a user', { scope: 'admin' }, OF_AN_ADMIN),
    token('an audience among others', { sub: ADA, aud: ['https://other.example', AUDIENCE] }, OF_ADA),
    token('scopes that only look like it', { sub: 'operator', scope: 'superadmin admins Admin admin:read' }, OF_NOBODY),
    token('scopes in one word of a list', { sub: 'operator', scope: ['read admin'] }, OF_NOBODY),
    token('a scope as an object', { sub: 'operator', scope: { admin: true } }, OF_NOBODY),
    token('other claims about rights', { sub: 'operator', scopes: 'admin', roles: ['admin'], admin: true }, OF_NOBODY),
    token('no user', {}, OF_NOBODY),
    token('an empty user', { sub: '' }, OF_NOBODY),
    {
      name: 'a scheme in small letters',
      headers: { authorization: `bearer ${hmacToken({ sub: ADA })}` },
      proof: OF_ADA,
    },
  ];
}

function badTokens(): Credential[] {
  const [header, , signature] = hmacToken({ sub: BOB }).split('.');
  const swapped = `${header}.${part(claimsOf(EVERYTHING))}.${signature}`;
  const unsigned = (alg: Claims) => `${part({ typ: 'JWT', ...alg })}.${part(claimsOf(EVERYTHING))}.`;
  const own = 'a secret of my own, of more than thirty-two bytes';
  const foreignJwk = { jwk: { kty: 'oct', k: part(own) } };
  const tokens: [string, string][] = [
    ['expired', hmacToken({ ...EVERYTHING, exp: inSeconds(-60) })],
    ['expiring as text', hmacToken({ ...EVERYTHING, exp: String(inSeconds(600)) })],
    ['not valid yet', hmacToken({ ...EVERYTHING, nbf: inSeconds(600) })],
    ['for another audience', hmacToken({ ...EVERYTHING, aud: 'https://other.example' })],
    ['for no audience', hmacToken({ ...EVERYTHING, aud: undefined })],
    ['of another issuer', hmacToken({ ...EVERYTHING, iss: 'https://evil.example/' })],
    ['of no issuer', hmacToken({ ...EVERYTHING, iss: undefined })],
    ['alg none', unsigned({ alg: 'none' })],
    ['alg NoNe with a signature', hmacToken(EVERYTHING, { header: { alg: 'NoNe' } })],
    ['no alg', hmacToken(EVERYTHING, { header: { alg: undefined } })],
    ['HS512 with the same secret', hmacToken(EVERYTHING, { alg: 'HS512' })],
    ['HS384 that says HS256', hmacToken(EVERYTHING, { alg: 'HS384', header: { alg: 'HS256' } })],
    ['another secret', hmacToken(EVERYTHING, { secret: own })],
    ['an empty secret', hmacToken(EVERYTHING, { secret: '' })],
    ['a signature cut off', hmacToken(EVERYTHING).replace(/[^.]+$/, '')],
    ['no signature at all', hmacToken(EVERYTHING).replace(/\.[^.]+$/, '')],
    ['other claims under a good signature', swapped],
    ['a critical header', hmacToken(EVERYTHING, { header: { crit: ['b64'], b64: false } })],
    ['an unknown critical header', hmacToken(EVERYTHING, { header: { crit: ['x'], x: 1 } })],
    ['a key in its own header', hmacToken(EVERYTHING, { header: foreignJwk, secret: own })],
    ['a kid that is a path', hmacToken(EVERYTHING, { header: { kid: '../../../../dev/null' }, secret: '' })],
    ['claims that are no object', `${part({ alg: 'HS256' })}.${part('[]')}.AAAA`],
    ['no JWT', 'abc.def.ghi'],
  ];
  return [
    ...tokens.map(([name, token]) => ({ name, headers: bearer(token), proof: NOTHING })),
    { name: 'a token in the query', headers: {}, query: `access_token=${hmacToken(EVERYTHING)}`, proof: NOTHING },
    { name: 'a token as an API key', headers: { 'x-api-key': hmacToken(EVERYTHING) }, proof: NOTHING },
    { name: 'a token as a cookie', headers: { cookie: `token=${hmacToken(EVERYTHING)}` }, proof: NOTHING },
    { name: 'a token by Basic', headers: { authorization: `Basic ${hmacToken(EVERYTHING)}` }, proof: NOTHING },
  ];
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreignRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SYMMETRIC = 'a symmetric key among public ones, which no HMAC may use';
const rsaJwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r1', alg: 'RS256', use: 'sig' };

/** The issuer's published keys. */
export const keySet = {
  keys: [
    rsaJwk,
    { ...elliptic.publicKey.export({ format: 'jwk' }), kid: 'e1', use: 'sig' },
    { kty: 'oct', k: part(SYMMETRIC), kid: 'o1' },
  ],
};

interface PublicSigning {
  readonly key?: KeyObject;
  readonly header?: Claims;
}

function publicToken(claims: Claims, { key = rsa.privateKey, header = {} }: PublicSigning = {}): string {
  const isRsa = key.asymmetricKeyType === 'rsa';
  const named = isRsa ? { alg: 'RS256', kid: 'r1' } : { alg: 'ES256', kid: 'e1' };
  const signed = `${part({ ...named, ...header })}.${part(claimsOf(claims))}`;
  const signature = sign('sha256', Buffer.from(signed), isRsa ? key : { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The requests for a server with FIGTREE_JWKS_URL. */
export function publicKeyCredentials(): Credential[] {
  const foreign = foreignRsa.privateKey;
  const foreignJwk = foreignRsa.publicKey.export({ format: 'jwk' });
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const es256 = part({ alg: 'ES256', kid: 'e1' });
  const confused = (secret: string, kid: string) => hmacToken(EVERYTHING, { secret, header: { kid } });
  const idToken = { sub: ADA, aud: 'spa-client', nonce: 'n', at_hash: 'x', token_use: 'id' };
  const good: [string, string, Proof][] = [
    ['RS256, the same user', publicToken({ sub: ADA }), OF_ADA],
    ['RS256, an administrator', publicToken({ sub: 'operator', scope: 'admin' }), OF_AN_ADMIN],
    ['RS256 without kid', publicToken(EVERYTHING, { header: { kid: undefined } }), OF_EVERYTHING],
    ['ES256, both', publicToken(EVERYTHING, { key: elliptic.privateKey }), OF_EVERYTHING],
    ['RS256, another user', publicToken({ sub: BOB }), { token: { userId: BOB } }],
  ];
  const bad: [string, string][] = [
    ['for another audience', publicToken({ ...EVERYTHING, aud: 'another-application' })],
    ['of another issuer', publicToken({ ...EVERYTHING, iss: 'https://evil.example/' })],
    ['an ID token of another client', publicToken(idToken)],
    ['expired', publicToken({ ...EVERYTHING, exp: inSeconds(-60) })],
    ['a foreign key under a known kid', publicToken(EVERYTHING, { key: foreign })],
    ['a foreign key in the header', publicToken(EVERYTHING, { key: foreign, header: { jwk: foreignJwk } })],
    ['a foreign jku', publicToken(EVERYTHING, { key: foreign, header: { jku: 'http://127.0.0.1:1/keys.json' } })],
    ['a kid that nobody has', publicToken(EVERYTHING, { header: { kid: "r1' OR '1'='1" } })],
    [
      'an elliptic key that says RS256',
      publicToken(EVERYTHING, { key: elliptic.privateKey, header: { alg: 'RS256' } }),
    ],
    ['HS256 with the PEM of a public key', confused(pem, 'r1')],
    ['HS256 with the modulus of a public key', confused(rsaJwk.n ?? '', 'r1')],
    ['HS256 with a symmetric key of the set', confused(SYMMETRIC, 'o1')],
    ['ES256 with a signature of zeros', `${es256}.${part(claimsOf(EVERYTHING))}.${part('\0'.repeat(64))}`],
    ['alg none', `${part({ alg: 'none', kid: 'r1' })}.${part(claimsOf(EVERYTHING))}.`],
  ];
  return [
    { name: 'none', headers: {}, proof: NOTHING },
    ...good.map(([name, token, proof]) => ({ name, headers: bearer(token), proof })),
    ...bad.map(([name, token]) => ({ name, headers: bearer(token), proof: NOTHING })),
  ];
}
