import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export interface FunctionBundle {
  /** Name of the file in apps/lambda, without its extension. */
  readonly name: string;
  readonly path: string;
  /** Before compression. */
  readonly bytes: number;
  /** Bytes of external packages, by name. */
  readonly bytesByPackage: Readonly<Record<string, number>>;
}

const ENTRIES = fileURLToPath(new URL('../../lambda/', import.meta.url));
const NODE_VERSION = 'node22';
// Some packages contain CommonJS and call require, which an ES module does not have.
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

export function functionNames(): string[] {
  return readdirSync(ENTRIES)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'))
    .toSorted();
}

/** Writes `FOLDER/NAME/index.mjs` for each function: one file that only needs Node and includes the SDK, because the
 *  version that Lambda provides changes. The handler is `index.handler`. */
export async function bundleFunctions(folder: string, names = functionNames()): Promise<FunctionBundle[]> {
  return await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name, 'index.mjs');
      const { metafile } = await build({
        entryPoints: [join(ENTRIES, `${name}.ts`)],
        outfile: path,
        bundle: true,
        minify: true,
        sourcemap: 'linked',
        platform: 'node',
        target: NODE_VERSION,
        format: 'esm',
        mainFields: ['module', 'main'],
        banner: { js: REQUIRE },
        plugins: [englishOnly],
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

function byPackage(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): Record<string, number> {
  const packages: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name !== undefined && bytesInOutput > 0) packages[name] = (packages[name] ?? 0) + bytesInOutput;
  }
  return packages;
}
