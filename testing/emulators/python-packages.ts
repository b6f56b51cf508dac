import { join } from 'node:path';
import { installed, run, tried } from './installing.ts';

/** MiniStack is on PyPI. */
const PACKAGES = ['ministack==1.5.33'];

/** Returns the Python that has the packages; undefined if there is no Python 3 to install them with. Throws if
 *  installing fails. */
export async function pythonWithPackages(): Promise<string | undefined> {
  const version = await tried('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version)']);
  if (version === undefined) return undefined;
  const make = async (folder: string) => {
    await run('python3', ['-m', 'venv', folder]);
    const options = ['--quiet', '--disable-pip-version-check', '--no-input'];
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', ...options, ...PACKAGES]);
  };
  return join(await installed({ name: 'python', versions: [version, ...PACKAGES], make }), 'bin/python');
}
