import { isJsonObject, type JsonObject } from '../../events/json-object.ts';
import { type Finding, expected } from '../../events/reading/findings.ts';
import type { Change } from './change.ts';

/** One field that an update changed, by its top-level name. */
export interface ChangedField {
  readonly name: string;
  /** Its path in the change. */
  readonly path: string;
  /** `inside`: a part of the field changed, so it contains an object or an array. */
  readonly what: 'set' | 'removed' | 'inside';
  readonly value?: unknown;
}

/** Returns those of the `wanted` fields that the update changed. Unreadable ones are added to the change's findings. */
export function changedFields(change: Change, wanted: readonly string[]): ChangedField[] {
  const { updateDescription, findings } = change;
  if (!isJsonObject(updateDescription)) {
    findings.push(expected('updateDescription', 'an object', updateDescription));
    return [];
  }
  const fields = [
    ...updatedFields(updateDescription, findings),
    ...removedFields(updateDescription, findings),
    ...truncatedArrays(updateDescription, findings),
  ];
  return fields.filter((field) => wanted.includes(field.name));
}

function updatedFields(description: JsonObject, findings: Finding[]): ChangedField[] {
  const path = 'updateDescription.updatedFields';
  const fields = description['updatedFields'] ?? {};
  if (!isJsonObject(fields)) {
    findings.push(expected(path, 'an object', fields));
    return [];
  }
  return Object.entries(fields).map(([key, value]) =>
    key.includes('.')
      ? { name: headOf(key), path: `${path}.${key}`, what: 'inside' }
      : { name: key, path: `${path}.${key}`, what: 'set', value },
  );
}

function removedFields(description: JsonObject, findings: Finding[]): ChangedField[] {
  const path = 'updateDescription.removedFields';
  const names = description['removedFields'] ?? [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    findings.push(expected(path, 'an array of names', names));
    return [];
  }
  return names.map((name) => ({ name: headOf(name), path, what: name.includes('.') ? 'inside' : 'removed' }));
}

function truncatedArrays(description: JsonObject, findings: Finding[]): ChangedField[] {
  const path = 'updateDescription.truncatedArrays';
  const arrays: unknown = description['truncatedArrays'] ?? [];
  const names = Array.isArray(arrays) ? arrays.map((one) => (isJsonObject(one) ? one['field'] : undefined)) : [arrays];
  if (!names.every((name) => typeof name === 'string')) {
    findings.push(expected(path, 'an array of { field, newSize }', arrays));
    return [];
  }
  return names.map((name) => ({ name: headOf(name), path, what: 'inside' }));
}

function headOf(dottedPath: string): string {
  const dot = dottedPath.indexOf('.');
  return dot < 0 ? dottedPath : dottedPath.slice(0, dot);
}
