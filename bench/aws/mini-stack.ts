import { miniStack } from '../../testing/emulators/python-servers.ts';
import { pythonWithPackages } from '../../testing/emulators/python-packages.ts';
import { startServer } from '../../testing/emulators/server-process.ts';

/** For any client of the SDK. */
export interface EmulatorConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Runs `work` with a new emulator. Throws if there is no Python to run it. */
export async function withMiniStack<Result>(
  folder: string,
  work: (config: EmulatorConfig) => Promise<Result>,
): Promise<Result> {
  const python = await pythonWithPackages();
  if (python === undefined) throw new Error('MiniStack needs python3 with venv, and there is none');
  const server = await startServer(await miniStack(python, folder), folder);
  try {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return await work({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  } finally {
    await server.stop();
  }
}
