import { bundleFunctions } from './bundles.ts';

const [folder = 'dist/lambda'] = process.argv.slice(2);
for (const { path, bytes } of await bundleFunctions(folder)) {
  process.stdout.write(`${String(Math.round(bytes / 1024)).padStart(6)} KB  ${path}\n`);
}
