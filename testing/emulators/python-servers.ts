import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerCommand } from './server-process.ts';

const LAUNCH = join(import.meta.dirname, 'launch.py');
const START_TIMEOUT_MS = 120_000;

/** One port for all services. State is in the process only, so each run has its own. */
export async function miniStack(python: string, folder: string): Promise<ServerCommand> {
  // It keeps a file with its process id and the code of its Lambda functions among the temporary files.
  const temporary = join(folder, 'ministack');
  await mkdir(temporary);
  return {
    name: 'MiniStack',
    program: python,
    args: () => [LAUNCH, folder, 'ministack.app'],
    environment: (port) => ({
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      LOG_LEVEL: 'WARNING',
      TMPDIR: temporary,
      // Two listeners on fixed ports, for services that are not used here.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      LAMBDA_EXECUTOR: 'local',
      // Settings of a developer's shell for LocalStack would keep state between runs.
      LOCALSTACK_PERSISTENCE: '0',
      PERSIST_STATE: '0',
      S3_PERSIST: '0',
      SERVICES: '',
    }),
    healthPath: '/_ministack/health',
    startTimeoutMs: START_TIMEOUT_MS,
  };
}
