import { frozenFileOf, type Finding } from './finding.ts';
import type { UndeclaredKey } from './log-scan.ts';
import { changeRules } from '../comparison/rules.ts';
import type { CurrentCode } from '../stored-reading.ts';
import {
  branchesOf,
  entryOf,
  itemOf,
  propertiesOf,
  resolved,
  type SchemaPart,
  wireSchemaOf,
} from '../samples/wire-schema.ts';

const RULE = 'FIELD_ADDED_SHADOWS_UNDECLARED';

/** Fields of current versions whose names occur undeclared in stored events of earlier versions: a reader would take
 *  values with another meaning for the field. Fails if the values have a type that the field does not accept. */
export function shadowedKeys(undeclared: readonly UndeclaredKey[], { current }: CurrentCode): Finding[] {
  return undeclared.flatMap((key) => {
    const definition = current.get(key.type);
    if (definition === undefined || key.version >= definition.version) return [];
    const field = typesAt(definition.data, key.path);
    if (field === undefined) return [];
    const taken = Object.keys(key.jsonTypes).every((type) => field.size === 0 || field.has(type));
    return [findingOf(key, definition.version, taken)];
  });
}

function findingOf({ type, version, path, jsonTypes, first }: UndeclaredKey, current: number, taken: boolean): Finding {
  const values = Object.entries(jsonTypes).map(([jsonType, count]) => `${count} × ${jsonType}`);
  return {
    rule: RULE,
    outcome: taken ? 'warns' : 'fails',
    type,
    version,
    file: frozenFileOf(type, version),
    path,
    message: `${path} of ${type} ${current} would meet values that events of version ${version} hold in an undeclared key: ${values.join(', ')}, first at ${first.position}`,
    remedy: taken ? 'make sure that they mean the same, or choose another name' : changeRules[RULE].remedy,
  };
}

/** JSON types that the schema accepts at a path of undeclared-keys.ts; none if it accepts all, undefined if it does not
 *  declare the path. */
function typesAt(data: Parameters<typeof wireSchemaOf>[0], path: string): ReadonlySet<string> | undefined {
  const schema = wireSchemaOf(data);
  let parts = [resolved({ schema, root: schema })];
  for (const step of stepsOf(path))
    parts = parts.flatMap((part) => branchesOf(part)).flatMap((part) => below(part, step));
  if (parts.length === 0) return undefined;
  const types = parts.flatMap((part) => branchesOf(part)).map(({ schema: { type } }) => type);
  return new Set(types.includes(undefined) ? [] : types.map((type) => (type === 'integer' ? 'number' : String(type))));
}

function stepsOf(path: string): string[] {
  return path.replaceAll('[]', '.[]').split('.').slice(1);
}

function below(part: SchemaPart, step: string): SchemaPart[] {
  if (step === '[]') return [itemOf(part, 0)];
  if (step === '*') return [entryOf(part)].filter((entry) => entry !== undefined);
  return propertiesOf(part).flatMap((property) => (property.name === step ? [property.part] : []));
}
