import type { EventField } from './event-fields.ts';

const REDACTED = '(redacted)';

/** The same data with `(redacted)` for everything that tells something of a person. */
export function redacted(data: object, fields: readonly EventField[]): object {
  const personal = new Set(fields.filter(({ pii }) => pii).map(({ path }) => path));
  if (personal.size === 0) return data;
  const maps = new Set(
    fields.flatMap(({ path }) => [...path.matchAll(/\.\*/g)].map(({ index }) => path.slice(0, index))),
  );
  return without(data, '', { personal, maps }) as object;
}

interface Paths {
  readonly personal: ReadonlySet<string>;
  /** Where any name may stand for `*`. */
  readonly maps: ReadonlySet<string>;
}

function without(value: unknown, path: string, paths: Paths): unknown {
  if (paths.personal.has(path)) return value === null ? null : REDACTED;
  if (Array.isArray(value)) return value.map((item) => without(item, `${path}[]`, paths));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => {
    const step = paths.maps.has(path) ? '*' : name;
    return [name, without(part, path === '' ? step : `${path}.${step}`, paths)];
  });
  return Object.fromEntries(entries) as object;
}
