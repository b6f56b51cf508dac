/** `new-followers` → `newFollowers` */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The name of a projection in the registry, in which there are no hyphens. */
export function registeredName(name: string): string {
  return name.replaceAll('-', '');
}

/** Steps, each in lines that fit a terminal. */
export type Steps = readonly (readonly string[])[];

export function projectionSteps(name: string): Steps {
  const [constant, registered] = [camelCase(name), registeredName(name)];
  return [
    [`Declare rows, handlers and queries in features/${name}/tables.ts;`, `try them: npx vitest run features/${name}`],
    [`Add ${constant} from features/${name}/projection.ts`, 'to the list in apps/projections/registry.ts'],
    [`Run figtree serve and ask it: figtree status,`, `figtree read ${name} USER, figtree explain ${registered} USER`],
  ];
}

export function eventSteps(type: string): Steps {
  return [
    [
      `Describe in events/${type}.ts what happens, and add`,
      `'${type}': ${camelCase(type)} to the catalog in events/catalog.ts`,
    ],
    ['Run npx tsc: it names the tests that need an example of each event,', 'and producers/monolith/event-facts.ts'],
    [
      "Remove status: 'draft' once the event is to be published, and run",
      'figtree schema freeze and figtree schema check',
    ],
  ];
}

export function numbered(steps: Steps): string {
  return steps.map((lines, index) => `  ${index + 1}. ${lines.join('\n     ')}`).join('\n');
}
