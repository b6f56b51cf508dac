import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FigtreeError } from '../../events/errors.ts';
import type { DeclaredSubscriber, FrozenEvent } from '../../schema-registry/check/frozen-version.ts';
import { LOCK, lockSchema } from '../schema-files/registry-folder.ts';
import { fromGit, type FileDamage } from '../schema-files/registry-json.ts';
import { lockedSamples, sampleDamages, samplesKeyOf } from '../schema-files/sample-lock.ts';

/** The registry in another state of the repository. */
export interface RegistryBaseline {
  /** Frozen files that have changed since then, and samples that were locked then and have changed. */
  readonly damages: readonly FileDamage[];
  /** The consumers declared then, as `name type`. */
  readonly subscribed: ReadonlySet<string>;
}

/** `ref` is anything that git accepts: a branch, a tag, a commit. `frozen` is what can be read now. Throws
 *  REQUEST_INVALID if git does not know the ref. */
export function registryBaseline(root: string, ref: string, frozen: readonly FrozenEvent[]): RegistryBaseline {
  const tree = git(root, ['ls-tree', '-r', ref, '--', 'frozen']);
  if (tree === undefined)
    throw new FigtreeError('REQUEST_INVALID', `--against ${ref}: git has no such revision of ${root}`);
  const damages = tree.split('\n').flatMap((line): FileDamage[] => {
    const [, id = '', file = ''] = /^\S+ blob (\S+)\t(.+)$/.exec(line) ?? [];
    return /\/[0-9]+\.json$/.test(file) ? damageOf(root, { file, id, ref }) : [];
  });
  const text = git(root, ['show', `${ref}:./subscribers.json`]) ?? '[]';
  return { damages: [...damages, ...samplesAgainst(root, ref, frozen)], subscribed: new Set(namesOf(text)) };
}

function damageOf(root: string, { file, id, ref }: { file: string; id: string; ref: string }): FileDamage[] {
  const path = join(root, file);
  if (!existsSync(path))
    return [{ rule: 'FROZEN_MISSING', file, path: '', message: `is in ${ref} but not here`, remedy: fromGit }];
  const bytes = readFileSync(path);
  const header = Buffer.from(`blob ${bytes.length}\0`);
  // The id of a blob is the hash of its bytes after a short header.
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1')
    .update(header)
    .update(bytes)
    .digest('hex');
  return hash === id
    ? []
    : [{ rule: 'FROZEN_EDITED', file, path: '', message: `differs from ${ref}`, remedy: fromGit }];
}

// A missing version is reported by itself, including its samples.
function samplesAgainst(root: string, ref: string, frozen: readonly FrozenEvent[]): FileDamage[] {
  const lock = lockSchema.parse(JSON.parse(git(root, ['show', `${ref}:./${LOCK}`]) ?? '{}'));
  return frozen.flatMap((event) => {
    const key = samplesKeyOf(event.frozen);
    return sampleDamages(`frozen/${key}`, { locked: lockedSamples(lock, key), samples: event.samples, at: ref });
  });
}

function namesOf(text: string): string[] {
  const subscribers = JSON.parse(text) as readonly DeclaredSubscriber[];
  return subscribers.flatMap(({ name, reads }) => Object.keys(reads).map((type) => `${name} ${type}`));
}

/** Undefined if git fails. */
function git(root: string, words: readonly string[]): string | undefined {
  try {
    // A ref that begins with a dash would be an option.
    if (words.some((word) => word.startsWith('-') && !['-r', '--'].includes(word))) return undefined;
    return execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
