import { catalog } from '../../../events/catalog.ts';
import type { CatalogReport } from '../../../schema-registry/catalog-check.ts';
import type { AnyDefinition } from '../../../schema-registry/freezing.ts';
import { pastVersions } from '../../../schema-registry/past-versions.ts';
import { exitCodes } from '../failure.ts';
import type { CommandContext } from '../program.ts';
import { checkRegistry } from '../registry-check.ts';
import { REGISTRY_ROOT } from '../registry-folder.ts';
import { annotations, reportJson, reportText } from '../registry-report.ts';

export interface CheckOptions {
  readonly folder?: string;
  readonly against?: string;
  /** Annotations for GitHub, one a line, before everything else. */
  readonly github?: true;
}

/** 0 if the catalog may be released, 1 if it may not. */
export async function checkSchemas(
  { folder, against, github }: CheckOptions,
  context: CommandContext,
): Promise<number> {
  const report: CatalogReport = checkRegistry({
    folder: folder ?? REGISTRY_ROOT,
    definitions: Object.values(catalog) as readonly unknown[] as readonly AnyDefinition[],
    pastVersions,
    against,
    today: new Date().toISOString().slice(0, 10),
  });
  const { terminal, json } = context;
  if (github === true && !json) for (const line of annotations(report)) await terminal.print(line);
  await terminal.print(json ? JSON.stringify(reportJson(report)) : reportText(report, terminal.colors));
  return report.ok ? exitCodes.ok : exitCodes.failed;
}
