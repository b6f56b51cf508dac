import { FigtreeError } from '../../events/errors.ts';
import { frozenSource, type SampleSource } from './sample-generator.ts';
import type { CurrentCode } from '../stored-reading.ts';
import { type WireSchema, wireSchemaOf } from './wire-schema.ts';

/** The part of a frozen version from which samples can be generated. */
export interface FrozenReader {
  readonly type: string;
  readonly version: number;
  readonly reader: WireSchema;
}

/** The source of samples of a version: the current one unless another is named. The code's own schema takes precedence,
 *  because it knows refinements; for a version that the code no longer has, its frozen JSON Schema. Throws
 *  REQUEST_INVALID if there is neither. */
export function sampleSource(
  type: string,
  version: number | undefined,
  { code, frozen }: { readonly code: CurrentCode; readonly frozen: readonly FrozenReader[] },
): SampleSource {
  const definition = code.current.get(type);
  const wanted = version ?? definition?.version;
  if (definition !== undefined && wanted === definition.version) {
    const { data, safeParse, examples } = definition;
    return { type, version: wanted, schema: wireSchemaOf(data), safeParse, examples };
  }
  const past = code.past.find((one) => one.type === type && one.version === wanted);
  if (past !== undefined) {
    const { data } = past;
    return {
      type,
      version: past.version,
      schema: wireSchemaOf(data),
      safeParse: (value) => data.safeParse(value),
      examples: [],
    };
  }
  const stored = frozen.find((one) => one.type === type && one.version === wanted);
  if (stored !== undefined) return frozenSource(stored);
  throw notThere(type, wanted, { code, frozen });
}

function notThere(
  type: string,
  version: number | undefined,
  { code, frozen }: { readonly code: CurrentCode; readonly frozen: readonly FrozenReader[] },
): FigtreeError {
  const definition = code.current.get(type);
  if (definition === undefined) {
    const known = [...code.current.keys()].join(', ');
    return new FigtreeError('REQUEST_INVALID', `${type} is not an event of the catalog; choose ${known}`);
  }
  const versions = [
    definition,
    ...code.past.filter((past) => past.type === type),
    ...frozen.filter((one) => one.type === type),
  ]
    .map((one) => one.version)
    .toSorted((a, b) => a - b);
  const known = [...new Set(versions)].map((one) => `v${one}`).join(', ');
  return new FigtreeError('REQUEST_INVALID', `${type} has no v${version}; choose ${known}`);
}
