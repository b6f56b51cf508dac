import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chaosClient } from './client.ts';
import type { Fault, Stage } from './fault.ts';
import { smallInput } from './input.ts';
import { command, serve } from './server.ts';
import { expectWhole, projectionFile, projectionNames } from './whole-folder.ts';

export const fileDeleted: Fault = {
  name: 'projection-deleted',
  title: 'a projection whose file was deleted between two starts is built again',
  play: (stage) =>
    spoilBetweenStarts(stage, (file) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
      return 'deleted';
    }),
};

export const fileTruncated: Fault = {
  name: 'projection-truncated',
  title: 'a projection whose file was cut short between two starts is found at the start, said, and built again',
  play: (stage) =>
    spoilBetweenStarts(stage, (file) => {
      // Anything from an empty file to one without its last page.
      const bytes = Math.floor(stage.random() * statSync(file).size);
      truncateSync(file, bytes);
      return `cut to ${bytes} bytes`;
    }),
};

async function spoilBetweenStarts(stage: Stage, spoil: (file: string) => string): Promise<void> {
  const { root, folder, random } = stage;
  const input = smallInput(stage);
  const file = join(root, 'imported.ndjson');
  writeFileSync(file, `${input.imported.join('\n')}\n`);
  await command(folder, ['import', file]);
  // One of them, or two, or all.
  const first = Math.floor(random() * projectionNames.length);
  const spoilt = projectionNames.map((_, place) => projectionNames[(first + place) % projectionNames.length] ?? 'feed');
  const files = spoilt
    .slice(0, 1 + Math.floor(random() * projectionNames.length))
    .map((name) => projectionFile(folder, name));
  for (const path of files) stage.print(`${basename(path)}: ${spoil(path)}`);
  const server = await serve(folder);
  await chaosClient(input, random).post(server.url);
  await server.caughtUp();
  await server.end();
  const { stdout } = await server.process.ended;
  const warnings = stdout.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  const unsaid = files.filter((path) => !warnings.some((line) => line.includes(basename(path))));
  if (unsaid.length > 0) throw new Error(`nobody was told of ${unsaid.join(', ')}: ${stdout}`);
  await expectWhole(folder, input);
}
