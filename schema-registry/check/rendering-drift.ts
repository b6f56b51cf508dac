import { describedSchema } from '../comparison/described-schema.ts';
import type { AnyDefinition } from './freezing.ts';
import { zodVersion, type FrozenVersion } from './frozen-version.ts';
import { textOf } from '../comparison/shape.ts';

/** How another zod release renders the schemas that were frozen with an older one. */
export interface RenderingDrift {
  /** The releases with which the current versions were frozen. */
  readonly from: readonly string[];
  readonly to: string;
  readonly semanticChanges: number;
  readonly renderingsChanged: number;
}

/** undefined: everything was frozen with the running release. */
export function renderingDrift(
  definitions: readonly AnyDefinition[],
  frozen: readonly FrozenVersion[],
): RenderingDrift | undefined {
  const older = definitions.flatMap((definition) => {
    const own = frozen.find(({ type, version }) => type === definition.type && version === definition.version);
    return own === undefined || own.zod === zodVersion ? [] : [{ own, now: describedSchema(definition.data) }];
  });
  if (older.length === 0) return undefined;
  const differs = older.filter(({ own, now }) => own.sha256 !== now.sha256);
  const renderings = older.filter(
    ({ own, now }) => textOf([own.writer, own.reader]) !== textOf([now.rendered.writer, now.rendered.reader]),
  );
  return {
    from: [...new Set(older.map(({ own }) => own.zod))].toSorted(),
    to: zodVersion,
    semanticChanges: differs.length,
    renderingsChanged: renderings.length,
  };
}

export function driftInWords({ from, to, semanticChanges, renderingsChanged }: RenderingDrift): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `zod ${from.join(', ')} → ${to}: ${count(semanticChanges, 'semantic change')}, ${count(renderingsChanged, 'rendering')} changed`;
}
