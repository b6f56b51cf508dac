import type { ServerApp } from './env.ts';

/** The methods of a path, empty if there is no such path. */
export function allowedMethods(app: ServerApp, path: string): string[] {
  const methods = new Set<string>();
  // Middlewares are registered with ALL.
  for (const route of app.routes) if (route.method !== 'ALL' && matches(route.path, path)) methods.add(route.method);
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}

function matches(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const patternParts = pattern.split('/');
  if (patternParts.at(-1) === '*') {
    const before = patternParts.slice(0, -1);
    return parts.length >= patternParts.length && before.every((part, index) => part === parts[index]);
  }
  return (
    parts.length === patternParts.length &&
    patternParts.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]))
  );
}
