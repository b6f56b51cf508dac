import { personalKeys } from '../personal-data.ts';
import type { Finding } from './finding.ts';
import { fileOf } from '../source-files.ts';
import type { AnyDefinition } from './freezing.ts';

/** Subject and partition key are in every log line, metric and trace, so they must not be personal. */
export function personalKeyFindings(
  definition: AnyDefinition,
  samples: readonly Readonly<Record<string, unknown>>[],
): Finding[] {
  const { type, version } = definition;
  return personalKeys(definition, samples).map(({ key, path }) => ({
    rule: 'PERSONAL_KEY',
    outcome: 'fails',
    type,
    version,
    file: fileOf(type),
    path,
    message: `\`${key}\` is derived from ${path}, which is personal data`,
    remedy: `derive \`${key}\` from an ID`,
  }));
}
