import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { FigtreeError } from '../../events/errors.ts';
import { hashOf } from '../../schema-registry/comparison/canonical-form.ts';
import {
  inCurrentForm,
  type DeclaredSubscriber,
  type FrozenEvent,
  type FrozenVersion,
  type GoldenSample,
  type Waiver,
} from '../../schema-registry/check/frozen-version.ts';
import { fromGit, readJson, type FileDamage } from './registry-json.ts';
import { type Lock, lockedSamples, sampleDamages, samplesKeyOf, twinDamages, versionKeyOf } from './sample-lock.ts';

/** The files of `schema-registry/`. */
export interface RegistryFolder {
  readonly frozen: readonly FrozenEvent[];
  readonly subscribers: readonly DeclaredSubscriber[];
  readonly waivers: readonly Waiver[];
  readonly lock: Lock;
}

/** The folder of this project's files. */
export const REGISTRY_ROOT = fileURLToPath(new URL('../../schema-registry/', import.meta.url));
export const LOCK = 'frozen/lock.json';

/** Returns the same path. Throws REQUEST_INVALID unless it is a folder. */
export function existingFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  throw new FigtreeError('REQUEST_INVALID', `--folder ${path}: there is no such folder`);
}

/** Throws SCHEMA_DAMAGED for the first problem. */
export function readRegistryFolder(root = REGISTRY_ROOT): RegistryFolder {
  const { folder, damages } = inspectRegistryFolder(root);
  const [damage] = damages;
  if (damage === undefined) return folder;
  const { file, path, message, remedy } = damage;
  const at = path === '' ? file : `${file} at ${path}`;
  throw new FigtreeError('SCHEMA_DAMAGED', `${at}: ${message}; ${remedy}`, { file, path, damages: damages.length });
}

/** Everything that can be read, and everything that is wrong with the rest. */
export function inspectRegistryFolder(root: string): { folder: RegistryFolder; damages: readonly FileDamage[] } {
  const damages: FileDamage[] = [];
  const read = <Value>(file: string, schema: z.ZodType<Value>, absent: Value): Value => {
    const found = readJson(root, file, schema);
    if (found.damage !== undefined) damages.push(found.damage);
    return found.value ?? absent;
  };
  const lock = read(LOCK, lockSchema, {});
  const files = frozenFiles(root);
  const frozen = files.flatMap((file) => readFrozen({ root, file, lock, damages }));
  const locked = new Set(Object.keys(lock).map((key) => `frozen/${versionKeyOf(key)}`));
  for (const file of locked) if (!files.includes(file)) damages.push(missing(file));
  return {
    folder: {
      frozen: frozen.toSorted((a, b) => compareKeys(keyOf(a.frozen), keyOf(b.frozen))),
      subscribers: read('subscribers.json', z.array(subscriberSchema), []),
      waivers: read('waivers.json', z.array(waiverSchema), []),
      lock,
    },
    damages,
  };
}

/** The schema of `frozen/lock.json`. */
export const lockSchema = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]));
const day = z.iso.date();
const subscriberSchema = z.strictObject({
  name: z.string().min(1),
  owner: z.string().min(1),
  reads: z.record(z.string(), z.int().min(1)),
});
const waiverSchema = z.strictObject({
  rule: z.string().min(1),
  type: z.string().min(1),
  path: z.string(),
  reason: z.string().min(1),
  owner: z.string().min(1),
  expires: day,
});
const sampleSchema = z.strictObject({
  name: z.string().min(1),
  origin: z.enum(['hand', 'generated', 'log']),
  data: z.record(z.string(), z.unknown()),
});
// Compiled, like that of the versions: after some years a registry has thousands of these files.
const samplesSchema = z.compile(z.strictObject({ samples: z.array(sampleSchema) }));
const json = z.record(z.string(), z.unknown());
const form = z.looseObject({ shape: z.looseObject({ kind: z.string() }) });
const frozenSchema = z.compile(
  z.strictObject({
    type: z.string(),
    version: z.int().min(1),
    frozenOn: day,
    zod: z.string(),
    published: z.enum(['validated', 'unvalidated']),
    form: z.int().min(1).optional(),
    sha256: z.string(),
    canonical: z.strictObject({ writer: form, reader: form }),
    writer: json,
    reader: json,
  }),
);

interface Reading {
  readonly root: string;
  readonly file: string;
  readonly lock: RegistryFolder['lock'];
  readonly damages: FileDamage[];
}

function readFrozen({ root, file, lock, damages }: Reading): FrozenEvent[] {
  const found = readJson(root, file, frozenSchema as unknown as z.ZodType<FrozenVersion>);
  if (found.damage !== undefined) damages.push(found.damage);
  const { value } = found;
  const locked = lock[file.replace('frozen/', '')];
  const altered = value !== undefined && hashOf(value.canonical) !== value.sha256;
  if (altered || found.sha256 !== locked) {
    const message = locked === undefined ? 'is not in the lock' : 'was edited after it was frozen';
    damages.push({ rule: 'FROZEN_EDITED', file, path: altered ? 'canonical' : '', message, remedy: fromGit });
  }
  if (value === undefined) return [];
  if (file !== `frozen/${keyOf(value)}`) {
    const message = `says that it is ${value.type} ${value.version}`;
    damages.push({ rule: 'FROZEN_UNREADABLE', file, path: 'type', message, remedy: fromGit });
  }
  return [{ frozen: inCurrentForm(value), samples: readSamples({ root, file, lock, damages }) }];
}

function readSamples({ root, file, lock, damages }: Reading): readonly GoldenSample[] {
  const beside = file.replace(/\.json$/, '.samples.json');
  const [, type = '', version = ''] = /^frozen\/(.+)\/([0-9]+)\.json$/.exec(file) ?? [];
  const remedy = `write one by hand, or use those of: figtree schema sample ${type} --version ${version} --json`;
  const lacks = { rule: 'SAMPLES_MISSING' as const, file: beside, path: 'samples', remedy };
  const { value, damage } = readJson(root, beside, samplesSchema);
  if (damage !== undefined) {
    damages.push(damage);
    return [];
  }
  const samples = value?.samples ?? [];
  const locked = lockedSamples(lock, samplesKeyOf({ type, version: Number(version) }));
  const gone = sampleDamages(beside, { locked, samples, at: 'the lock' });
  damages.push(...gone, ...twinDamages(beside, samples));
  if (samples.length === 0 && gone.length === 0) {
    const message =
      value === undefined ? 'this version has no golden sample' : 'contains no golden sample of this version';
    damages.push({ ...lacks, message });
  }
  return samples;
}

function missing(file: string): FileDamage {
  return { rule: 'FROZEN_MISSING', file, path: '', message: 'is in the lock but not in the folder', remedy: fromGit };
}

/** The path of a frozen version below `frozen/`, as in the lock. */
export function keyOf({ type, version }: { readonly type: string; readonly version: number }): string {
  return `${type}/${version}.json`;
}

function compareKeys(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function frozenFiles(root: string): string[] {
  const folder = join(root, 'frozen');
  if (!existsSync(folder)) return [];
  const types = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return types.flatMap(({ name }) =>
    readdirSync(join(folder, name))
      .filter((file) => /^[0-9]+\.json$/.test(file))
      .map((file) => `frozen/${name}/${file}`),
  );
}
