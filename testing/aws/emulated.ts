import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { ask } from '../emulators/asking.ts';
import type { ClientConfig } from '../emulators/leftovers.ts';
import { clientConfig, NO_CREDENTIALS, type Target } from '../emulators/target.ts';

export type AwsService = 'dynamodb' | 'kinesis' | 'sns' | 'sqs' | 's3' | 'opensearch';

/** kinesalite supports only Kinesis, and keeps a shard that was split, which MiniStack removes. */
export type Emulator = 'ministack' | 'kinesalite';

export interface AwsUnderTest {
  /** MiniStack, kinesalite, OpenSearch, AWS, or the endpoint that AWS_ENDPOINT_URL names. */
  readonly engine: string;
  /** For any client of the SDK. */
  readonly config: ClientConfig;
  /** Returns a unique name: lower-case letters, digits and dashes, 30 of them, as every service allows. Everything with
   *  this name or prefix is removed at the end of the run. */
  newName(): string;
  /** Why the tests of this service cannot run. */
  readonly skipReason?: string;
}

const ENGINES = { ministack: 'MiniStack', kinesalite: 'kinesalite', opensearch: 'OpenSearch' } as const;
const START_TIMEOUT_MS = 1_200_000;

/** Returns the access of a test file to a service, or why there is none. Starts the server if no file of the run has,
 *  and blocks until it responds: MiniStack takes about a second. kinesalite does not support HTTP/2, the default of the
 *  SDK's Kinesis client: give that client a NodeHttpHandler. */
export function awsUnderTest(service: AwsService, emulator: Emulator = 'ministack'): AwsUnderTest {
  const target = inject('awsTarget') as Target | undefined;
  const newName = () => `${target?.prefix ?? ''}${randomBytes(4).toString('hex')}`;
  if (target === undefined) {
    return { engine: 'none', config: { region: 'us-east-1' }, newName, skipReason: 'npm run test:aws runs it' };
  }
  if (target.kind !== 'emulators' && service !== 'opensearch') {
    const asked = { engine: target.endpoint ?? 'AWS', config: clientConfig(target), newName };
    return emulator === 'ministack' ? asked : { ...asked, skipReason: `${emulator} is asked in runs on emulators` };
  }
  const server = service === 'opensearch' ? service : emulator;
  const answer = ask(target.folder, server, START_TIMEOUT_MS);
  const config = { region: target.region, credentials: NO_CREDENTIALS };
  if ('endpoint' in answer) {
    return { engine: ENGINES[server], config: { ...config, endpoint: answer.endpoint }, newName };
  }
  if ('failed' in answer && target.strict) throw new Error(`${ENGINES[server]} is not there: ${answer.failed}`);
  return { engine: ENGINES[server], config, newName, skipReason: 'failed' in answer ? answer.failed : answer.missing };
}
