import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { defined } from '../../events/defined.ts';
import type { TokenConfig } from '../config.ts';
import type { PublishKey } from '../publish-keys.ts';
import { type KeySetParts, openKeySet } from './key-set.ts';

/** The bearer of a token. */
export interface Reader {
  /** The `sub`, lower case like every user id; undefined if the token has none. */
  readonly userId: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** Milliseconds since 1970; undefined for a token that does not expire. */
  readonly expiresAt?: number;
}

/** Resolves to undefined for an invalid token: wrong signature, another algorithm, issuer or audience than configured,
 *  expired, not yet valid, or without `exp` where that is required (RFC 9068, 2.2). Rejects with KEY_SERVER_UNAVAILABLE
 *  if the public keys cannot be fetched. */
export type TokenVerifier = (token: string) => Promise<Reader | undefined>;

const CLOCK_TOLERANCE_SECONDS = 5;
// Never taken from the token: a public key must not be used as the secret of an HMAC.
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

export function tokenVerifier(jwt: TokenConfig, parts: KeySetParts = {}): TokenVerifier {
  const rules: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...defined({ issuer: jwt.issuer, audience: jwt.audience }),
    ...(jwt.expiry !== 'optional' && { requiredClaims: ['exp'] }),
  };
  const verify = 'secret' in jwt ? sharedSecret(jwt.secret, rules) : publicKeys(jwt.jwksUrl, rules, parts);
  return async (token) => {
    try {
      return readerOf(await verify(token));
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
}

type Verify = (token: string) => Promise<JWTPayload>;

function sharedSecret(secret: string, rules: JWTVerifyOptions): Verify {
  const key = createSecretKey(secret, 'utf8');
  const options: JWTVerifyOptions = { ...rules, algorithms: ['HS256'] };
  return async (token) => (await jwtVerify(token, key, options)).payload;
}

function publicKeys(url: URL, rules: JWTVerifyOptions, parts: KeySetParts): Verify {
  const keys = openKeySet(url, parts);
  const options: JWTVerifyOptions = { ...rules, algorithms: PUBLIC_KEY_ALGORITHMS };
  return async (token) => {
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // A token without `kid`, for instance during a key rotation: any key may have signed it.
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

/** Returns the publish key with its name, undefined if it is unknown. All digests are compared, each in constant time:
 *  the timing reveals neither a prefix nor the length of a key. */
export function publishKeyring(keys: readonly PublishKey[]): (key: string) => PublishKey | undefined {
  const digests = keys.map((entry) => ({ entry, digest: digestOf(entry.key) }));
  return (key) => {
    const presented = digestOf(key);
    let found: PublishKey | undefined;
    for (const { entry, digest } of digests) if (timingSafeEqual(digest, presented)) found = entry;
    return found;
  };
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
