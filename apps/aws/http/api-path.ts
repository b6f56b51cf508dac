import type { HttpEvent } from './http-event.ts';

/** The path without any prefix, as the API's own routes have it. An HTTP API puts the name of its stage before the
 *  path, also on a custom domain
 *  (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html shows only
 *  $default; Powertools for AWS Lambda strips it too). A REST API does so only behind a mapping without a stage, and
 *  includes the base path of a custom domain. An event contains its stage but not the base path; it also contains the
 *  matched route of the API, with its parameters.
 *
 *  So the candidates are, best first: the path of the matched route; the path without its stage; the path unchanged;
 *  and on a custom domain the path without leading segments. The first candidate that `isRoute` accepts is returned; if
 *  it accepts none, the first one. */
export function apiPath(event: HttpEvent, isRoute: (path: string) => boolean): string {
  const candidates = [...ownPaths(event), ...(isOnCustomDomain(event) ? pathsBehindBase(event.path) : [])];
  return candidates.find(isRoute) ?? candidates[0] ?? event.path;
}

function ownPaths({ path, stage, routePath, pathAndStage }: HttpEvent): string[] {
  const taken = routePath !== undefined && path.endsWith(routePath) ? [routePath] : [];
  // A REST API's event also has the request's own path: if the two differ by the stage, it is already removed.
  const staged = stage === undefined || pathAndStage === `/${stage}${path}` ? undefined : withoutStage(path, stage);
  return [...taken, ...(staged === undefined ? [path] : [staged, path])];
}

function withoutStage(path: string, stage: string): string | undefined {
  if (path === `/${stage}`) return '/';
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
}

function isOnCustomDomain({ kind, domainName }: HttpEvent): boolean {
  const own = /\.(execute-api|lambda-url)\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/;
  return kind === 'api' && domainName !== undefined && !own.test(domainName);
}

// Base paths may have several segments; a mapping without a stage has the stage behind its base path.
const BASE_SEGMENTS_MAX = 8;

function pathsBehindBase(path: string): string[] {
  const segments = path.split('/').slice(1, BASE_SEGMENTS_MAX + 2);
  let left = path;
  return segments.slice(0, -1).map((segment) => (left = left.slice(segment.length + 1)));
}
