import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import type { RegisteredTables } from '../../../projections/tables/registered-tables.ts';
import { tableProjections } from '../../projections/registry.ts';

export interface FunctionBundle {
  /** Name of the file in apps/lambda, without its extension; of a projection of tables, or that with `-api`. */
  readonly name: string;
  readonly path: string;
  /** Before compression. */
  readonly bytes: number;
  /** Bytes of external packages, by name. */
  readonly bytesByPackage: Readonly<Record<string, number>>;
}

const AWS = fileURLToPath(new URL('../', import.meta.url));
const ENTRIES = fileURLToPath(new URL('../../lambda/', import.meta.url));
const CREDENTIALS = fileURLToPath(new URL('.', import.meta.resolve('@aws-sdk/credential-provider-node')));
const NODE_VERSION = 'node22';
// Some packages contain CommonJS and call require, which an ES module does not have.
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

export function functionNames(): string[] {
  return [...functions().keys()].toSorted();
}

type Entry = Pick<BuildOptions, 'entryPoints' | 'stdin'>;

/** Every function by name: those that have an entry in apps/lambda, and two for each registered projection of tables.
 *  Throws an Error if two have the same name. */
export function functions(registered = tableProjections): ReadonlyMap<string, Entry> {
  const files = readdirSync(ENTRIES).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const all = [
    ...files.map((file): [string, Entry] => [basename(file, '.ts'), { entryPoints: [join(ENTRIES, file)] }]),
    ...registered.flatMap(tableFunctions),
  ];
  const names = new Map(all);
  const twice = all.find(([name], index) => all.findIndex(([other]) => other === name) < index);
  if (twice !== undefined) throw new Error(`two functions have the name ${twice[0]}`);
  return names;
}

function tableFunctions({ name, source }: RegisteredTables): [string, Entry][] {
  // Not absolute: it is part of the source map.
  const module = `./${relative(AWS, fileURLToPath(source)).replaceAll('\\', '/')}`;
  const entry = (from: string, open: string): Entry => ({
    stdin: {
      contents: `
        import { openAws } from './open-aws.ts';
        import { ${open} } from './functions/${from}.ts';
        import * as registered from ${JSON.stringify(module)};
        const own = Object.values(registered).find((one) => one.name === ${JSON.stringify(name)});
        export const handler = await ${open}(openAws(), own);`,
      resolveDir: AWS,
      sourcefile: `${name}.ts`,
      loader: 'ts',
    },
  });
  return [
    [name, entry('table-stream', 'tableStreamFunction')],
    [`${name}-api`, entry('table-api', 'tableApiFunction')],
  ];
}

/** Writes `FOLDER/NAME/index.mjs` for each function: one file that only needs Node and includes the SDK, because the
 *  version that Lambda provides changes. The handler is `index.handler`. */
export async function bundleFunctions(folder: string, names = functionNames()): Promise<FunctionBundle[]> {
  const entries = functions();
  return await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name, 'index.mjs');
      const { metafile } = await build({
        ...entries.get(name),
        outfile: path,
        bundle: true,
        minify: true,
        sourcemap: 'linked',
        platform: 'node',
        target: NODE_VERSION,
        format: 'esm',
        mainFields: ['module', 'main'],
        banner: { js: REQUIRE },
        plugins: [englishOnly, environmentCredentials],
        metafile: true,
        logLevel: 'warning',
      });
      const [output] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
      if (output === undefined) throw new Error(`esbuild made nothing of ${name}`);
      writeFileSync(join(folder, name, 'package.json'), '{"type":"module"}\n');
      return { name, path, bytes: output.bytes, bytesByPackage: byPackage(output.inputs) };
    }),
  );
}

/** Zod's messages in forty languages are more than half of a bundle, and only English ones are shown. They cannot be
 *  excluded otherwise: importing `{ z }`, as libraries do, includes them. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
  },
};

/** Lambda passes the credentials of a function's role in its environment. The SDK would include every other source of
 *  credentials, which is a fifth of a bundle. */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]credential-provider-node[\\/].*[\\/]index\.js$/ }, () => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: CREDENTIALS,
    }));
  },
};

function byPackage(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): Record<string, number> {
  const packages: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name !== undefined && bytesInOutput > 0) packages[name] = (packages[name] ?? 0) + bytesInOutput;
  }
  return packages;
}
