import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { edited, type Step } from './document-steps.ts';

const ROOT = join(import.meta.dirname, '../..');
// Read by `figtree demo`, and no source.
const SAMPLE = 'samples/irc-2016.changes.ndjson.gz';

/** What a command has printed, on stdout and stderr. */
export interface Run {
  readonly printed: string;
  readonly code: number;
}

/** A copy of the project, for the steps of a document. */
export interface ProjectCopy {
  readonly folder: string;
  /** Writes or edits a file. */
  change(step: Exclude<Step, { kind: 'command' }>): void;
  run(command: string): Promise<Run>;
  remove(): void;
}

/** `sources`: text by path. */
export function copyProject(sources: ReadonlyMap<string, string>): ProjectCopy {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-copy-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of sources) write(path, text);
  chmodSync(join(folder, 'figtree'), 0o755);
  for (const path of ['node_modules', SAMPLE]) symlinkSync(join(ROOT, path), join(folder, path));
  return {
    folder,
    change(step) {
      if (step.kind === 'file') write(step.path, step.text);
      else write(step.path, edited(readFileSync(join(folder, step.path), 'utf8'), step.lines));
    },
    async run(command) {
      const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' };
      const { stdout, stderr, code } = await promisify(execFile)('sh', ['-c', command], { cwd: folder, env }).then(
        (ended) => ({ ...ended, code: 0 }),
        (error: { stdout: string; stderr: string; code: number }) => error,
      );
      return { printed: stdout + stderr, code };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function titleOf(step: Step): string {
  return step.kind === 'command' ? step.command : `${step.kind} ${step.path}`;
}
