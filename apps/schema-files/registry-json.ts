import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';

/** A problem with a file. */
export interface FileDamage {
  readonly rule:
    | 'FROZEN_EDITED'
    | 'FROZEN_MISSING'
    | 'FROZEN_UNREADABLE'
    | 'SAMPLES_EDITED'
    | 'SAMPLES_MISSING'
    | 'FILE_UNREADABLE';
  /** Relative to the folder, for instance `frozen/followed/1.json`. */
  readonly file: string;
  /** Path within the file; empty for the whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

export const fromGit = 'restore it from git; a schema that changes gets a new version: figtree schema freeze';

interface JsonFile<Value> {
  readonly value?: Value;
  readonly damage?: FileDamage;
  readonly sha256?: string;
}

/** Reads a file of the folder; empty if it does not exist. */
export function readJson<Value>(root: string, file: string, schema: z.ZodType<Value>): JsonFile<Value> {
  if (!existsSync(join(root, file))) return {};
  const bytes = readFileSync(join(root, file));
  const sha256 = sha256Of(bytes);
  const rule: FileDamage['rule'] = isFrozenVersion(file) ? 'FROZEN_UNREADABLE' : 'FILE_UNREADABLE';
  const damaged = (path: string, message: string) => ({
    sha256,
    damage: { rule, file, path, message, remedy: fromGit },
  });
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return damaged('', 'is not JSON');
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return { value: parsed.data, sha256 };
  const [issue] = parsed.error.issues;
  return damaged((issue?.path ?? []).map(String).join('.'), issue?.message ?? 'does not have the expected form');
}

function isFrozenVersion(file: string): boolean {
  return /^frozen\/.+\/[0-9]+\.json$/.test(file);
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
