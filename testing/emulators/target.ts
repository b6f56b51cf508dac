import type { ClientConfig } from './leftovers.ts';

/** Where a run's tests go, decided once for all of its files. */
export interface Target {
  readonly kind: 'emulators' | 'endpoint' | 'account';
  /** Set if `kind` is endpoint. */
  readonly endpoint?: string;
  readonly region: string;
  /** What the names of everything that this run makes begin with. */
  readonly prefix: string;
  /** The run's own, for temporary files. */
  readonly folder: string;
  /** Whether the shell names credentials. */
  readonly credentials: boolean;
  /** Then nothing that could run is skipped. */
  readonly strict: boolean;
}

const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];

/** An endpoint that the shell names; else the account whose credentials it names; else emulators. A default profile in
 *  the home folder is not enough: whoever has one did not ask that tests cost money. */
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

/** What emulators take: they look at no signature. */
export const NO_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** How a client of the SDK reaches a target that is no emulator of ours. */
export function clientConfig({ endpoint, region, credentials }: Target): ClientConfig {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials ? {} : { credentials: NO_CREDENTIALS }),
  };
}
