import type { ClientConfig } from './leftovers.ts';

/** The target of a run's tests, decided once for all of its files. */
export interface Target {
  readonly kind: 'emulators' | 'endpoint' | 'account';
  /** Set if `kind` is endpoint. */
  readonly endpoint?: string;
  readonly region: string;
  /** Prefix of all names that this run creates. */
  readonly prefix: string;
  /** The run's own, for temporary files. */
  readonly folder: string;
  /** Whether the shell names credentials. */
  readonly credentials: boolean;
  /** Then nothing that could run is skipped. */
  readonly strict: boolean;
}

const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];

/** An endpoint named by the shell; else the account whose credentials it names; else emulators. A default profile in
 *  the home folder is not enough, because it does not mean that tests may cost money. */
export function targetOf(
  environment: Readonly<Record<string, string | undefined>>,
  run: { readonly folder: string; readonly prefix: string },
): Target {
  const endpoint = environment['AWS_ENDPOINT_URL'] ?? '';
  const credentials = CREDENTIALS.some((name) => (environment[name] ?? '') !== '');
  const rest = {
    region: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    credentials,
    strict: environment['CI'] === 'true',
    ...run,
  };
  if (endpoint !== '') return { kind: 'endpoint', endpoint, ...rest };
  return { kind: credentials ? 'account' : 'emulators', ...rest };
}

/** Any credentials, because emulators do not check signatures. */
export const NO_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** How an SDK client reaches a target that is not one of our emulators. */
export function clientConfig({ endpoint, region, credentials }: Target): ClientConfig {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials ? {} : { credentials: NO_CREDENTIALS }),
  };
}
