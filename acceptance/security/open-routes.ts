import { isDeepStrictEqual } from 'node:util';
import { projectionNames } from '../../apps/projections/registry.ts';
import type { JsonAnswer } from '../../testing/server/test-server.ts';

/** The permissions of a route. */
export type Rule = 'open' | 'publish' | 'own feed' | 'raw events' | 'admin';

export interface Route {
  readonly method: string;
  /** As in the OpenAPI document: `/users/{userId}`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** Values of path parameters, query and headers, by name. */
  readonly parameters: readonly Parameter[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
}

/** Every route in the document of a server. */
export function routesOf(document: JsonAnswer): Route[] {
  return Object.entries<JsonAnswer>(document.paths).flatMap(([path, methods]) =>
    Object.entries<JsonAnswer>(methods).map(([method, { tags = [], parameters = [], security = [] }]) => {
      return { method: method.toUpperCase(), path, tags, parameters: parameters as Parameter[], security };
    }),
  );
}

// By hand, from the promised interface. A route that is missing here has no rule, and its test says so.
const rules: Readonly<Record<string, Rule>> = {
  'POST /events': 'publish',
  'POST /legacy/changes': 'publish',
  'GET /events': 'raw events',
  'GET /events/stream': 'raw events',
  'GET /traces/{correlationId}': 'raw events',
  'GET /feeds/{userId}': 'own feed',
  'GET /': 'open',
  'GET /catalog': 'open',
  'GET /health': 'open',
  'GET /metrics': 'open',
  'GET /openapi.json': 'open',
  'GET /search/users': 'open',
  'GET /search/yubls': 'open',
  'GET /status': 'open',
  'GET /users/{userId}': 'open',
  'GET /users/{userId}/followers': 'open',
  'GET /users/{userId}/following': 'open',
  'GET /users/{userId}/following/{otherId}': 'open',
  'GET /users/{userId}/yubls': 'open',
  'GET /yubls/{yublId}': 'open',
};

/** Undefined for a route without a rule. */
export function ruleOf({ method, path, tags, security }: Omit<Route, 'parameters'>): Rule | undefined {
  const rule = rules[`${method} ${path}`];
  if (rule !== undefined) return rule;
  // Single rows of projections, whatever they are called, are for administrators.
  if (/^\/(admin|projections)\//.test(path)) return 'admin';
  // A query of a feature: whom it is for is said where it is declared, and has to hold.
  const isQuery = method === 'GET' && tags.some((tag) => projectionNames.includes(tag));
  return isQuery ? queryRules.find((each) => isDeepStrictEqual(declaredSecurity[each], security)) : undefined;
}

const queryRules = ['open', 'own feed', 'admin'] as const;

/** What the document must say for each rule. */
export const declaredSecurity: Readonly<Record<Rule, Route['security']>> = {
  open: [],
  publish: [{ publishKey: [] }, { apiKey: [] }],
  'own feed': [{ token: [] }],
  'raw events': [{ publishKey: [] }, { token: ['admin'] }],
  admin: [{ token: ['admin'] }],
};

/** What a request's credentials prove. */
export interface Proof {
  readonly publishes?: boolean;
  /** Undefined if there is no valid token. */
  readonly token?: { readonly userId?: string; readonly admin?: boolean };
}

/** `past`: authorised; the response is the route's own. */
export type Verdict = 401 | 403 | 'past';

/** 401: credentials required by the route are missing or invalid. 403: they are valid but insufficient. */
export function verdictOf(rule: Rule, { publishes = false, token }: Proof, feedOf: string): Verdict {
  const enough = {
    open: true,
    publish: publishes,
    'own feed': token?.userId === feedOf,
    'raw events': publishes || token?.admin === true,
    admin: token?.admin === true,
  }[rule];
  if (enough) return 'past';
  return token === undefined || rule === 'publish' ? 401 : 403;
}
