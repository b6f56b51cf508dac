import type { IncomingMessage, ServerResponse } from 'node:http';
import { FigtreeError } from '../../events/errors.ts';
import { problemResponse } from './problem.ts';

const METHODS = 'DELETE, GET, HEAD, OPTIONS, POST';

/** Normalizes the target of a request (RFC 9112, 3.2) to `/path?query`. The host of an absolute URL replaces that of
 *  the header (3.2.2). `*` concerns the server as a whole and is answered here, and so are invalid targets and those
 *  with two hosts; then it returns false. */
export function takeRequestTarget(request: IncomingMessage, response: ServerResponse): boolean {
  const { url = '' } = request;
  if (hostsIn(request.rawHeaders) > 1) return refuse(response, 'A request must have only one Host');
  // RFC 3986, 3.2.3: a port may be empty.
  if (request.headers.host?.endsWith(':')) replaceHost(request, request.headers.host.slice(0, -1));
  if (url.startsWith('/')) return true;
  if (url === '*' && request.method === 'OPTIONS') {
    response.writeHead(204, { allow: METHODS, 'cache-control': 'no-store' }).end();
    return false;
  }
  const [, host, path = '', query = ''] = /^https?:\/\/([^/?#@]+)(\/[^?#]*)?(\?[^#]*)?$/i.exec(url) ?? [];
  if (host === undefined) return refuse(response, 'The request target is neither a path nor an HTTP URL');
  request.url = `${path || '/'}${query}`;
  replaceHost(request, host);
  return true;
}

function refuse(response: ServerResponse, message: string): false {
  const problem = problemResponse(new FigtreeError('REQUEST_INVALID', message));
  void problem
    .text()
    .then((text) =>
      response.writeHead(problem.status, { ...Object.fromEntries(problem.headers), connection: 'close' }).end(text),
    );
  return false;
}

function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (isHost(rawHeaders[at])) hosts += 1;
  return hosts;
}

function isHost(name = ''): boolean {
  return name.length === 4 && name.toLowerCase() === 'host';
}

function replaceHost(request: IncomingMessage, host: string): void {
  const { rawHeaders } = request;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && isHost(name));
  if (at < 0) rawHeaders.push('Host', host);
  else rawHeaders[at + 1] = host;
  request.headers.host = host;
}
