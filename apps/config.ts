import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { defined } from '../events/defined.ts';
import { FigtreeError } from '../events/errors.ts';
import { type PublishKey, publishKeyList } from './publish-keys.ts';

/** The configuration from the environment, validated and complete. */
export interface Config extends SharedConfig {
  /** Folder of all data. */
  readonly data: string;
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Whether names and texts in the log are sealed with a key per person. */
  readonly personKeys: boolean;
}

/** Settings with the same meaning in every engine. */
export interface SharedConfig {
  /** Most entries that a feed shows. */
  readonly feedLength: number;
  /** Up to this many followers a yubl is written to their feeds; beyond that, followers pull it when they read. */
  readonly celebrityFollowers: number;
  /** The monolith's database. Undefined: changes of every database are accepted. */
  readonly legacyDatabase?: string;
  readonly auth: AuthConfig;
  readonly logLevel: LogLevel;
  /** Variables that begin with FIGTREE_ and are not among these: features read theirs from them. */
  readonly further: Variables;
}

export interface AuthConfig {
  readonly publishKeys: readonly PublishKey[];
  readonly jwt?: TokenConfig;
}

/** How readers authenticate: HS256 with a shared secret, or the public keys behind a URL. A key server signs for other
 *  applications too, so a token then has to name its issuer and audience. */
export type TokenConfig = (
  | { readonly secret: string; readonly issuer?: string; readonly audience?: string }
  | { readonly jwksUrl: URL; readonly issuer: string; readonly audience: string }
) & {
  /** Whether a token without `exp`, which is valid until the key is changed, is accepted. */
  readonly expiry?: 'required' | 'optional';
};

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

// RFC 7518, 3.2: a key for HS256 has at least as many bits as the hash. Publish keys need the same strength.
const SECRET_BYTES_MIN = 32;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^[0-9]+$/, 'must be an integer')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);

// MongoDB, limits and thresholds: less than 64 bytes, and none of the characters that some platform reserves.
const MONGODB_DATABASE = /^(?=[^]{1,63}$)[^/\\. "$*<>:|?\0]+$/;

// Compared exactly with a token's claim: an extra blank would refuse every token.
const claim = z.string().refine((text) => text === text.trim(), 'must not have surrounding whitespace');

/** Settings with the same meaning in every engine. */
export const sharedVariables = {
  FIGTREE_FEED_LENGTH: wholeNumber(1, 100_000).default(800),
  FIGTREE_CELEBRITY_FOLLOWERS: wholeNumber(0, 1_000_000_000).default(10_000),
  FIGTREE_LEGACY_DATABASE: z
    .string()
    .regex(MONGODB_DATABASE, 'must be the name of a single MongoDB database')
    .optional(),
  FIGTREE_JWT_SECRET: z.string().optional(),
  FIGTREE_JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((text) => new URL(text))
    // Over plain HTTP, anyone on the network could replace the keys.
    .refine(
      ({ protocol, hostname }) => protocol === 'https:' || isLoopback(hostname),
      'must use https, except on the loopback',
    )
    .optional(),
  FIGTREE_JWT_ISSUER: claim.optional(),
  FIGTREE_JWT_AUDIENCE: claim.optional(),
  FIGTREE_JWT_EXPIRY: z.enum(['required', 'optional'], { error: 'must be required or optional' }).default('required'),
  FIGTREE_PUBLISH_KEYS: publishKeyList.default([]),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
};

const environment = z.object({
  FIGTREE_DATA: z.string().default('.figtree'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  FIGTREE_PERSON_KEYS: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  ...sharedVariables,
});

/** Parses the environment; an empty variable counts as unset. Throws CONFIG_INVALID with the variable and the reason,
 *  never the value. */
export function parseConfig(variables: Variables): Config {
  const values = parseVariables(environment, variables);
  return {
    data: values.FIGTREE_DATA,
    host: values.HOST,
    port: values.PORT,
    personKeys: values.FIGTREE_PERSON_KEYS === 'on',
    ...sharedConfig(values),
    further: furtherVariables(environment, variables),
  };
}

/** Those of Figtree that a schema does not have. */
export function furtherVariables(schema: z.ZodObject, variables: Variables): Variables {
  const isFurther = ([name]: [string, unknown]) => name.startsWith('FIGTREE_') && !Object.hasOwn(schema.shape, name);
  return Object.fromEntries(Object.entries(variables).filter(isFurther));
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** For the variables of another engine, as `parseConfig` does for this one. */
export function parseVariables<Schema extends z.ZodObject>(schema: Schema, variables: Variables): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
  for (const name of Object.keys(schema.shape)) refuseUnreadable(name, set[name] ?? '');
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(String(issue?.path[0]), issue?.message ?? 'is not valid');
}

/** Refuses control characters, which no value should contain: the line end of a file from Windows would become part of
 *  a path or a key. */
function refuseUnreadable(name: string, value: string): void {
  if (value.endsWith('\r'))
    throw invalid(name, 'ends with a carriage return: save the file it comes from with LF line endings');
  if (/\p{Cc}/u.test(value)) throw invalid(name, 'contains a control character');
  if (value.includes('\ufffd')) throw invalid(name, 'is not UTF-8');
}

export function sharedConfig(values: SharedValues): Omit<SharedConfig, 'further'> {
  const jwt = tokenConfig(values);
  return {
    feedLength: values.FIGTREE_FEED_LENGTH,
    celebrityFollowers: values.FIGTREE_CELEBRITY_FOLLOWERS,
    ...defined({ legacyDatabase: values.FIGTREE_LEGACY_DATABASE }),
    auth: { publishKeys: values.FIGTREE_PUBLISH_KEYS, ...(jwt && { jwt }) },
    logLevel: values.LOG_LEVEL,
  };
}

type SharedValues = z.output<z.ZodObject<typeof sharedVariables>>;

function tokenConfig(values: SharedValues): TokenConfig | undefined {
  const { FIGTREE_JWT_SECRET: secret, FIGTREE_JWKS_URL: jwksUrl } = values;
  const { FIGTREE_JWT_ISSUER: issuer, FIGTREE_JWT_AUDIENCE: audience } = values;
  const expiry = values.FIGTREE_JWT_EXPIRY === 'optional' ? ({ expiry: 'optional' } as const) : {};
  if (secret !== undefined && jwksUrl !== undefined) {
    throw invalid('FIGTREE_JWKS_URL', 'cannot be set together with FIGTREE_JWT_SECRET');
  }
  if (jwksUrl !== undefined) {
    const needed = 'must be set together with FIGTREE_JWKS_URL, whose keys sign tokens for other applications too';
    if (issuer === undefined) throw invalid('FIGTREE_JWT_ISSUER', needed);
    if (audience === undefined) throw invalid('FIGTREE_JWT_AUDIENCE', needed);
    return { jwksUrl, issuer, audience, ...expiry };
  }
  if (secret !== undefined) {
    return { secret, ...defined({ issuer, audience }), ...expiry };
  }
  // Rules for tokens without a key to verify them are half a configuration, and without keys everything is open.
  const alone = issuer === undefined ? audience && 'FIGTREE_JWT_AUDIENCE' : 'FIGTREE_JWT_ISSUER';
  if (alone !== undefined) throw invalid(alone, 'requires FIGTREE_JWKS_URL or FIGTREE_JWT_SECRET');
  return undefined;
}

export function hasKeys({ publishKeys, jwt }: AuthConfig): boolean {
  return publishKeys.length > 0 || jwt !== undefined;
}

/** Call it before listening. Beyond the loopback nothing is served without keys (AUTH_REQUIRED), nor with a secret or a
 *  publish key that could be guessed (CONFIG_INVALID). */
export function requireSafeListener({ host, auth }: Pick<Config, 'host' | 'auth'>): void {
  if (isLoopback(host)) return;
  if (!hasKeys(auth)) {
    const message = `HOST ${host} is not the loopback, and without keys only the loopback is served`;
    throw new FigtreeError('AUTH_REQUIRED', message, { variable: 'HOST' });
  }
  requireLongSecrets(auth, 'if HOST is not the loopback');
}

/** Call it wherever requests come from other machines. Throws CONFIG_INVALID with the variable whose secret could be
 *  guessed, and with `where` it is refused. */
export function requireLongSecrets(auth: AuthConfig, where: string): void {
  const [short] = shortSecrets(auth);
  if (short !== undefined)
    throw invalid(short.variable, `${short.problem}, and such a secret is not accepted ${where}`);
}

/** Secrets that could be guessed: the variable of each, and what is wrong with it. */
export function shortSecrets({
  publishKeys,
  jwt,
}: AuthConfig): { readonly variable: string; readonly problem: string }[] {
  const isShort = (secret: string) => Buffer.byteLength(secret) < SECRET_BYTES_MIN;
  const short = `shorter than ${SECRET_BYTES_MIN} bytes`;
  const keys = publishKeys.filter(({ key }) => isShort(key));
  return [
    ...(jwt && 'secret' in jwt && isShort(jwt.secret)
      ? [{ variable: 'FIGTREE_JWT_SECRET', problem: `is ${short}` }]
      : []),
    ...keys.map(({ name }) => ({ variable: 'FIGTREE_PUBLISH_KEYS', problem: `has a key (${name}) that is ${short}` })),
  ];
}

/** Accepts a host name or an address, with or without the brackets of a URL. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

export function invalid(variable: string, reason: string): FigtreeError {
  return new FigtreeError('CONFIG_INVALID', `${variable} ${reason}`, { variable, reason });
}
