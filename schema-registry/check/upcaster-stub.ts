import type { Change } from '../comparison/comparison.ts';
import { REGISTRY } from './finding.ts';
import type { FrozenVersion } from './frozen-version.ts';
import { schemaSource } from './schema-source.ts';

/** Returns the initial file of a past version: the frozen schema, and the step to the next version. It compiles
 *  unchanged if that step is as simple as it looks; otherwise the compiler says what `upcast` must return. `changes`
 *  lead to the next version, and `current` is the published one. */
export function upcasterStub(
  { type, version, reader, writer }: FrozenVersion,
  { changes, current }: { readonly changes: readonly Change[]; readonly current: number },
): string {
  const event = camelCase(type);
  const name = `${event}${version}`;
  const isLast = version + 1 >= current;
  const next = isLast ? event : `${event}${version + 1}`;
  const schema = schemaSource({ reader, writer });
  const differing = changes.map(
    ({ rule, path, message }) => `  // ${rule}: ${path || 'the whole'} (${oneLine(message)})`,
  );
  return [
    `// ${REGISTRY}/past/${type}-${version}.ts. To be added to the list of ${REGISTRY}/past-versions.ts: ${name}.`,
    importOf('* as z', 'zod'),
    ...(schema.includes('personal(') ? [importOf('{ personal }', '../../events/values.ts')] : []),
    ...(isLast ? [importOf(`{ ${event} }`, `../../events/${type}.ts`)] : []),
    importOf('{ definePastVersion }', '../past-version.ts'),
    ...(isLast ? [] : [importOf(`{ ${next} }`, `./${type}-${version + 1}.ts`)]),
    ``,
    `export const ${name} = definePastVersion({`,
    `  type: '${type}',`,
    `  version: ${version},`,
    `  next: ${next},`,
    `  data: ${schema},`,
    ...(schema.includes('personal(')
      ? ['  // Each personal field, with the field that holds the id of whom it is about.', '  about: {},']
      : []),
    `  // Has to give what ${type} ${version + 1} is, from nothing but the data: one event of it, none if it is dropped,`,
    `  // several if it was split. What is different there:`,
    ...(differing.length === 0 ? ['  // nothing that a schema shows'] : differing),
    `  upcast: (data) => [{ type: '${type}', data: { ...data } }],`,
    `});`,
  ].join('\n');
}

function importOf(names: string, path: string): string {
  // In two parts, so that the import check does not take it for an import.
  const quoted = `'${path}'`;
  return `import ${names} from ${quoted};`;
}

function camelCase(type: string): string {
  return type.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
