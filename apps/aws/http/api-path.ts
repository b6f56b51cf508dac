import type { HttpEvent } from './http-event.ts';

/** The path that the API's own routes know, without what stands in front of it. An HTTP API puts the name of its stage before
 *  the path, also on a custom domain (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *  shows only $default; Powertools for AWS Lambda strips it too). A REST API does so only behind a mapping without a stage, and
 *  has the base path of a custom domain in its paths. An event names its stage and no base path, but it says which of the API's
 *  routes was taken, and with which parameters.
 *
 *  So the candidates are, best first: the path of the route that was taken; the path without its stage; the path as it is; and
 *  on a custom domain what is left when segments in front are taken away. The first one that `isRoute` knows counts; if it knows
 *  none, the first one. */
export function apiPath(event: HttpEvent, isRoute: (path: string) => boolean): string {
  const candidates = [...ownPaths(event), ...(isOnCustomDomain(event) ? pathsBehindBase(event.path) : [])];
  return candidates.find(isRoute) ?? candidates[0] ?? event.path;
}

function ownPaths({ path, stage, routePath, pathAndStage }: HttpEvent): string[] {
  const taken = routePath !== undefined && path.endsWith(routePath) ? [routePath] : [];
  // A REST API's event has the path of the request beside its own: where they differ by the stage, it is off already.
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
