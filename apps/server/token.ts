import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import {
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { FigtreeError } from '../../events/errors.ts';
import type { AuthConfig, PublishKey } from '../config.ts';

/** Who a token speaks for. */
export interface Reader {
  /** The `sub`, lower case like every user id; undefined if the token names nobody. */
  readonly userId: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** Milliseconds since 1970; undefined for a token that does not expire. */
  readonly expiresAt?: number;
}

/** Gives undefined for a token that is not valid: wrong signature, another algorithm, expired, not yet valid.
 *  `exp` and `nbf` count where they stand; a token without `exp` is valid until the key is changed, which is for its
 *  issuer to decide. Rejects with KEY_SERVER_UNAVAILABLE if the public keys cannot be had. */
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
      if (error instanceof errors.JOSEError) return undefined;
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
  const keys = keysBehind(url);
  const options: JWTVerifyOptions = { algorithms: PUBLIC_KEY_ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS };
  return async (token) => {
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // A token without `kid`, while keys are being changed for instance: any of them may have signed it.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (fault) {
          if (!(fault instanceof errors.JWSSignatureVerificationFailed)) throw fault;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
}

// What the look for a key says of the token; everything else is the key server's fault and must not look like a bad token.
const TOKEN_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

function keysBehind(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (TOKEN_FAULTS.some((fault) => error instanceof fault)) throw error;
      throw new FigtreeError('KEY_SERVER_UNAVAILABLE', `No keys can be had from FIGTREE_JWKS_URL (${url.href})`, {
        cause: error,
      });
    }
  };
}

/** The token of an `authorization` header. RFC 6750, 2.1; the scheme's name is not case-sensitive. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

function readerOf({ sub, scope, exp }: JWTPayload): Reader {
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope.map(String) : [];
  return {
    userId: typeof sub === 'string' ? sub.toLowerCase() : undefined,
    scopes: new Set(scopes),
    ...(exp !== undefined && { expiresAt: exp * 1000 }),
  };
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
