import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { AuthConfig, PublishKey } from '../config.ts';

/** Who a token speaks for. */
export interface Reader {
  /** The `sub`, lower case like every user id; undefined if the token names nobody. */
  readonly userId: string | undefined;
  readonly scopes: ReadonlySet<string>;
}

/** Gives undefined for a token that is not valid: wrong signature, another algorithm, expired, not yet valid.
 *  `exp` and `nbf` count where they stand; a token without `exp` is valid until the key is changed, which is for its
 *  issuer to decide. */
export type TokenVerifier = (token: string) => Promise<Reader | undefined>;

const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5000;
// Pinned by us and never taken from the token: a public key must not be used as the secret of an HMAC.
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

export function tokenVerifier(jwt: NonNullable<AuthConfig['jwt']>): TokenVerifier {
  const verify = 'secret' in jwt ? sharedSecret(jwt.secret) : publicKeys(jwt.jwksUrl);
  return async (token) => {
    try {
      return readerOf(await verify(token));
    } catch (error) {
      if (isTokenFault(error)) return undefined;
      throw error;
    }
  };
}

function sharedSecret(secret: string): (token: string) => Promise<JWTPayload> {
  const key = createSecretKey(secret, 'utf8');
  const options: JWTVerifyOptions = { algorithms: ['HS256'], clockTolerance: CLOCK_TOLERANCE_SECONDS };
  return async (token) => (await jwtVerify(token, key, options)).payload;
}

function publicKeys(url: URL): (token: string) => Promise<JWTPayload> {
  const keys = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS });
  const options: JWTVerifyOptions = { algorithms: PUBLIC_KEY_ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS };
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}

function readerOf({ sub, scope }: JWTPayload): Reader {
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope.map(String) : [];
  return { userId: typeof sub === 'string' ? sub.toLowerCase() : undefined, scopes: new Set(scopes) };
}

// The key server's faults are not the client's: they must not look like a bad token.
const KEY_SERVER_FAULTS = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

function isTokenFault(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^ERR_J(WT|WS|OSE|WKS)_/.test(error.code) && !KEY_SERVER_FAULTS.has(error.code);
}

/** Gives the name of the key, undefined if it is none. Digests are compared, all of them, each in constant time: the
 *  answer's time tells neither a prefix nor the length of a key. */
export function publishKeyring(keys: readonly PublishKey[]): (key: string) => string | undefined {
  const digests = keys.map(({ name, key }) => ({ name, digest: digestOf(key) }));
  return (key) => {
    const presented = digestOf(key);
    let found: string | undefined;
    for (const { name, digest } of digests) if (timingSafeEqual(digest, presented)) found = name;
    return found;
  };
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
