import { isJsonObject, type JsonObject } from '../../../events/json-object.ts';

/** A normalized HTTP request to Lambda: from an HTTP API (payload 1.0 or 2.0), a REST API, a function URL, or a load
 *  balancer. */
export interface HttpEvent {
  /** Sent by API Gateway (or a function URL, which has the same format), or by a load balancer. */
  readonly kind: 'api' | 'load-balancer';
  readonly method: string;
  /** Begins with a slash; percent-encoded as far as a URL requires. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** Whether the response has to list several values of a header separately. */
  readonly multiValues: boolean;
  /** Undefined for the stage that has no name in paths. */
  readonly stage: string | undefined;
  readonly domainName: string | undefined;
  /** The path of the API's matched route, with its parameters filled in. */
  readonly routePath: string | undefined;
  /** The path of the request in the event's context, in payload 1.0. */
  readonly pathAndStage: string | undefined;
}

/** Undefined for any other event. Never throws, whatever the event is. */
export function readHttpEvent(event: unknown): HttpEvent | undefined {
  const fields = fieldsOf(event);
  const context = fieldsOf(fields['requestContext']);
  const http = fieldsOf(context['http']);
  const isVersion2 = typeof fields['rawPath'] === 'string';
  const method = textOf(isVersion2 ? http['method'] : fields['httpMethod']);
  const path = textOf(isVersion2 ? fields['rawPath'] : fields['path']);
  if (method === undefined || path === undefined || !METHOD.test(method)) return undefined;
  const kind = 'elb' in context ? 'load-balancer' : 'api';
  const stage = textOf(context['stage']);
  return {
    kind,
    method: method.toUpperCase(),
    path: urlPath(path),
    query: isVersion2 ? urlQuery(textOf(fields['rawQueryString']) ?? '') : queryOf(fields, kind),
    headers: headersOf(fields),
    body: bodyOf(fields),
    multiValues: isJsonObject(fields['multiValueHeaders']),
    stage: stage === '$default' || stage === '' ? undefined : stage,
    domainName: textOf(context['domainName'])?.toLowerCase(),
    routePath: routePathOf(fields, context),
    pathAndStage: textOf(context['path']),
  };
}

// RFC 9110, 5.6.2: a token. Functions do not support CONNECT and the like, and the Fetch standard refuses them.
const METHOD = /^(?!(connect|trace|track)$)[!#$%&'*+.^_`|~0-9a-z-]{1,32}$/i;

/** API Gateway decodes some paths, whose characters would otherwise have another meaning in a URL. */
function urlPath(path: string): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return rooted.replaceAll(/%(?![0-9a-f]{2})|[?#\\]|[^!-~]/giu, encoded);
}

function urlQuery(query: string): string {
  return query.replace(/^\?/, '').replaceAll(/#|[^!-~]/gu, encoded);
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** A load balancer passes parameters on unchanged, API Gateway decodes them. */
function queryOf(fields: JsonObject, kind: HttpEvent['kind']): string {
  const write = kind === 'load-balancer' ? urlQuery : encoded;
  return valuesOf(fields['multiValueQueryStringParameters'], fields['queryStringParameters'])
    .map(([name, value]) => `${write(name)}=${write(value)}`)
    .join('&');
}

function headersOf(fields: JsonObject): Headers {
  const headers = new Headers();
  for (const [name, value] of valuesOf(fields['multiValueHeaders'], fields['headers'])) {
    // Non-ASCII values are decoded as UTF-8, while headers contain bytes: encoded again as a server on a socket would
    // receive them.
    const bytes = Buffer.from(value.replaceAll(/[\0\r\n]/g, ' '), 'utf8').toString('latin1');
    if (HEADER.test(name)) headers.append(name, bytes);
  }
  const cookies = fields['cookies'];
  if (Array.isArray(cookies) && !headers.has('cookie')) {
    const texts = cookies.flatMap((cookie) => textOf(cookie) ?? []);
    if (texts.length > 0) headers.set('cookie', texts.join('; ').replaceAll(/[^ -~]/g, ' '));
  }
  return headers;
}

const HEADER = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** The values of the field with lists, and of the other field for names that the first does not have. */
function valuesOf(multiple: unknown, single: unknown): [string, string][] {
  const lists = Object.entries(fieldsOf(multiple)).filter(([, values]) => Array.isArray(values));
  // Names of headers are case-insensitive, and those of parameters are identical in both.
  const listed = new Set(lists.map(([name]) => name.toLowerCase()));
  const others = Object.entries(fieldsOf(single)).filter(([name]) => !listed.has(name.toLowerCase()));
  const all = [...lists, ...others.map(([name, value]) => [name, [value]] as const)];
  return all.flatMap(([name, values]) =>
    (values as unknown[]).flatMap((value): [string, string][] => {
      const text = textOf(value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function bodyOf({ body, isBase64Encoded }: JsonObject): Uint8Array<ArrayBuffer> | undefined {
  if (typeof body !== 'string' || body === '') return undefined;
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  return new Uint8Array(bytes);
}

/** `GET /feeds/{userId}` and `{ userId: 'a' }` are `/feeds/a`. Undefined for a catch-all route. */
function routePathOf(fields: JsonObject, context: JsonObject): string | undefined {
  const route = textOf(fields['resource']) ?? textOf(fields['routeKey']) ?? textOf(context['routeKey']);
  const template = route?.replace(/^[A-Z]+ /, '');
  if (template === undefined || !template.startsWith('/')) return undefined;
  const parameters = fieldsOf(fields['pathParameters']);
  let complete = true;
  const path = template.replaceAll(/\{([^{}]+?)\+?\}/g, (_, name: string) => {
    const value = textOf(parameters[name]);
    if (value === undefined) complete = false;
    return value ?? '';
  });
  return complete ? urlPath(path) : undefined;
}

function fieldsOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
