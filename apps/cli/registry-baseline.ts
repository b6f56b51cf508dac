import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../events/errors.ts';
import type { DeclaredSubscriber } from '../../schema-registry/check/frozen-version.ts';
import { fromGit, type FileDamage } from './registry-json.ts';

/** What a registry was in another state of the repository. */
export interface RegistryBaseline {
  /** Frozen files that are not as they were then. */
  readonly damages: readonly FileDamage[];
  /** Who was declared then, as `name type`. */
  readonly subscribed: ReadonlySet<string>;
}

/** `ref` is whatever git takes: a branch, a tag, a commit. Throws REQUEST_INVALID if git does not know it. */
export function registryBaseline(root: string, ref: string): RegistryBaseline {
  const tree = git(root, ['ls-tree', '-r', ref, '--', 'frozen']);
  if (tree === undefined)
    throw new FigtreeError('REQUEST_INVALID', `--against ${ref}: git knows no such state of ${root}`);
  const damages = tree.split('\n').flatMap((line): FileDamage[] => {
    const [, id = '', file = ''] = /^\S+ blob (\S+)\t(.+)$/.exec(line) ?? [];
    if (/\/[0-9]+\.json$/.test(file)) return damageOf(root, { file, id, ref });
    return file.endsWith('.samples.json') ? lostSamples(root, { file, id, ref }) : [];
  });
  const text = git(root, ['show', `${ref}:./subscribers.json`]) ?? '[]';
  return { damages, subscribed: new Set(namesOf(text)) };
}

interface Blob {
  readonly file: string;
  /** Of git: the hash of its bytes behind a short header. */
  readonly id: string;
  readonly ref: string;
}

function damageOf(root: string, { file, id, ref }: Blob): FileDamage[] {
  if (!existsSync(join(root, file)))
    return [{ rule: 'FROZEN_MISSING', file, path: '', message: `is in ${ref} and not here`, remedy: fromGit }];
  return isUnchanged(root, file, id)
    ? []
    : [{ rule: 'FROZEN_EDITED', file, path: '', message: `is not as it is in ${ref}`, remedy: fromGit }];
}

function isUnchanged(root: string, file: string, id: string): boolean {
  const bytes = readFileSync(join(root, file));
  const header = Buffer.from(`blob ${bytes.length}\0`);
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1')
    .update(header)
    .update(bytes)
    .digest('hex');
  return hash === id;
}

/** Golden samples are what proves a replay, so they may become more and neither fewer nor others. */
function lostSamples(root: string, { file, id, ref }: Blob): FileDamage[] {
  if (existsSync(join(root, file)) && isUnchanged(root, file, id)) return [];
  const now = existsSync(join(root, file)) ? samplesIn(readFileSync(join(root, file), 'utf8')) : new Map();
  const before = samplesIn(git(root, ['show', `${ref}:./${file}`]) ?? '');
  return [...before].flatMap(([name, data]) => {
    if (now.get(name) === data) return [];
    const message = `holds "${name}" in ${ref}, and here ${now.has(name) ? 'it is another' : 'it is gone'}`;
    const remedy = 'put the sample back from git; others are added under names of their own';
    return [{ rule: 'SAMPLE_LOST' as const, file, path: `samples.${name}`, message, remedy }];
  });
}

/** By name; none of what cannot be read, which is told elsewhere. */
function samplesIn(text: string): ReadonlyMap<string, string> {
  try {
    const { samples } = JSON.parse(text) as { samples: readonly { name: string; data: unknown }[] };
    return new Map(samples.map(({ name, data }) => [name, JSON.stringify(data)]));
  } catch {
    return new Map();
  }
}

function namesOf(text: string): string[] {
  const subscribers = JSON.parse(text) as readonly DeclaredSubscriber[];
  return subscribers.flatMap(({ name, reads }) => Object.keys(reads).map((type) => `${name} ${type}`));
}

/** Undefined if git does not do it. */
function git(root: string, words: readonly string[]): string | undefined {
  try {
    // A ref that begins with a dash would be an option.
    if (words.some((word) => word.startsWith('-') && !['-r', '--'].includes(word))) return undefined;
    return execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
