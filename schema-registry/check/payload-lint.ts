import { misfits } from '../comparison/containment.ts';
import { objectPaths, shapePaths } from '../comparison/field-paths.ts';
import type { Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf } from '../source-files.ts';
import { payloadRules } from '../comparison/rules.ts';
import type { VersionForm } from '../comparison/comparison.ts';
import type { UnseenShape } from '../comparison/shape.ts';
import { isNotJson } from '../comparison/unseen-types.ts';

/** What a schema must not contain, whatever it contained before. */
export function payloadFindings({ type, version }: AnyDefinition, { canonical }: VersionForm): Finding[] {
  const about = { type, version, file: fileOf(type) };
  const found = (rule: keyof typeof payloadRules, path: string, message: string): Finding => ({
    ...about,
    rule,
    outcome: payloadRules[rule].severity === 'error' ? 'fails' : 'warns',
    path,
    message,
    remedy: payloadRules[rule].remedy,
  });
  const objects = objectPaths(canonical.reader).filter(([, { names }]) => names === undefined);
  const foreign = shapePaths(canonical.reader).flatMap(([path, shape]) =>
    shape.kind === 'unseen' && isForbidden(shape) ? [{ path, what: shape.what }] : [],
  );
  const told = new Set(foreign.map(({ path }) => path));
  return [
    ...foreign.map(({ path, what }) =>
      found('PAYLOAD_NOT_JSON', path, `${path || 'the data'} has the type ${what}, which JSON cannot represent`),
    ),
    ...objects
      .filter(([, { rest }]) => rest === 'closed')
      .map(([path]) => found('PAYLOAD_STRICT', path, `${path || 'the data'} is a strict object`)),
    ...objects
      .filter(
        ([, { rest, fields }]) => typeof rest !== 'string' && rest.kind === 'any' && Object.keys(fields).length > 0,
      )
      .map(([path]) => found('PAYLOAD_LOOSE', path, `${path || 'the data'} is a loose object`)),
    ...misfits(canonical.writer, canonical.reader)
      .filter(({ path }) => !told.has(path))
      .map(({ path, says }) => found('PAYLOAD_NOT_READ_BACK', path, `${path || 'the data'} may be written as ${says}`)),
  ];
}

// A Date is written as text, which z.coerce.date() turns into a Date again.
function isForbidden({ what, coerces }: UnseenShape): boolean {
  return isNotJson(what) && coerces !== 'date';
}
