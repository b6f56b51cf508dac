import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import type { Parameter, Route } from '../security/open-routes.ts';
import type { Asked } from '../security/requests.ts';
import { hostileText, hostileValue, IDS } from './hostile-values.ts';
import { publishedBody, rebuildBody } from './random-bodies.ts';

/** The secret that signs half of the random tokens. */
export const RANDOM_SECRET = 'a secret for random tokens, of more than thirty-two bytes';

const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

/** In a path or a query: encoded correctly, not at all, or wrongly. Always valid for an HTTP client. */
const inTarget: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map(encoded) },
  {
    weight: 1,
    arbitrary: hostileText.map((text) =>
      Buffer.from(text)
        .toString('latin1')
        .replaceAll(/[^\x21-\x7e]/g, ''),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%z', '%ff', '%c0%af', '%ed%a0%80', '..', '%2e%2e', '%2f', '.', '%00', '+'),
  },
);

const KINDS = [
  'feed',
  'yubls',
  'followers',
  'following',
  'search-users',
  'search-yubls',
  'events',
  'quarantine',
  'parked',
];
const SEQUENCE = '14561245200000000001';

/** Similar to a cursor of some list, and rarely a real one. */
const cursor: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...KINDS),
    fc.array(fc.oneof(fc.constantFrom<unknown>(SEQUENCE, ...IDS, 0, 1, 'feed'), hostileValue), { maxLength: 3 }),
  )
  .map((parts) => Buffer.from(JSON.stringify(parts.flat(1))).toString('base64url'));

// A position beyond the head is waited for, for five seconds.
const after = fc.constantFrom('0', '1', '', '-1', '1.0', '1e1', '0x1', '9'.repeat(16), 'NaN', '%31');

const valuesOf: Readonly<Record<string, fc.Arbitrary<string>>> = {
  after,
  cursor: fc.oneof(cursor, inTarget),
  limit: fc.oneof(fc.constantFrom('1', '2', '200', '201', '999999999', '0', '-1', '9999999999'), inTarget),
  from: fc.oneof(fc.constantFrom('0', '1', '2', '999999999999999', '9999999999999999'), inTarget),
  type: fc.oneof(fc.constantFrom('followed', 'followed,user-joined', ',', 'followed,'), inTarget),
  projection: fc.oneof(fc.constantFrom('feed', 'search', 'relationships', 'feeds'), inTarget),
  name: fc.oneof(fc.constantFrom('feed', 'search', 'relationships', 'feeds'), inTarget),
};

const valueOf = ({ name }: Parameter) => valuesOf[name] ?? inTarget;

/** A path of the route, with values in its places. */
function pathOf({ path, parameters }: Route): fc.Arbitrary<string> {
  const places = parameters.filter((parameter) => parameter.in === 'path');
  return fc
    .tuple(...places.map((place) => valueOf(place)))
    .map((values) => places.reduce((text, { name }, index) => text.replace(`{${name}}`, values[index] ?? ''), path));
}

function queryOf({ parameters }: Route): fc.Arbitrary<string> {
  const named = parameters.filter((parameter) => parameter.in === 'query');
  const pairs = named.map((parameter) => valueOf(parameter).map((value) => `${parameter.name}=${value}`));
  const strange = fc.tuple(inTarget, inTarget).map(([name, value]) => (name === 'after' ? '' : `${name}=${value}`));
  return fc.array(fc.oneof(...pairs, strange), { maxLength: 4 }).map((all) => all.join('&'));
}

// Headers are Latin-1 on the wire.
const inHeader: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').trim()),
  hostileText.map((text) => `UTF-8''${encoded(text)}`),
  fc.string({ unit: fc.integer({ min: 0xa1, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
);

const NAMES = [
  'x-correlation-id',
  'x-correlation-causation-id',
  'x-correlation-user-id',
  'traceparent',
  'baggage',
  'content-type',
  'accept',
  'accept-encoding',
  'origin',
  'if-none-match',
  'range',
  'cookie',
  'last-event-id',
  'x-api-key',
  'x-forwarded-for',
  'sec-fetch-site',
  'content-encoding',
];

const headers: fc.Arbitrary<Record<string, string>> = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), inHeader), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs));

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

/** Requests to the routes, most of them with the route's method. */
export function randomRequests(routes: readonly Route[]): fc.Arbitrary<Asked> {
  return fc.oneof(...routes.map((route) => requestsTo(route)));
}

function requestsTo(route: Route): fc.Arbitrary<Asked> {
  const method = fc.oneof({ weight: 9, arbitrary: fc.constant(route.method) }, fc.constantFrom(...METHODS));
  return fc
    .record({ method, path: pathOf(route), query: queryOf(route), headers, body: bodyOf(route) })
    .map(({ method, path, query, headers, body }) => ({
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
    }));
}

function bodyOf({ method, path }: Route): fc.Arbitrary<Uint8Array> {
  if (method !== 'POST') return fc.uint8Array({ maxLength: 20 });
  return path.endsWith('/rebuilds') ? rebuildBody : publishedBody;
}

/** Only publishing, which is most of what can be sent. */
export function randomPublishing(routes: readonly Route[]): fc.Arbitrary<Asked> {
  return randomRequests(routes.filter(({ method, path }) => method === 'POST' && !path.startsWith('/admin/')));
}

/** Requests with credentials that are almost valid. */
export function randomCredentials(routes: readonly Route[]): fc.Arbitrary<Asked> {
  const part = fc.oneof(
    hostileValue.map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.constantFrom('sub', 'scope', 'exp', 'nbf', 'aud', 'iss', 'iat'), hostileValue)
      .map(([name, value]) => JSON.stringify({ [name]: value })),
  );
  const header = fc.oneof(
    fc.constant('{"alg":"HS256"}'),
    hostileValue.map((alg) => JSON.stringify({ alg })),
    part,
  );
  const token = fc.tuple(header, part, fc.boolean(), hostileText).map(([head, claims, signed, text]) => {
    const content = [head, claims].map((each) => Buffer.from(each).toString('base64url')).join('.');
    const signature = createHmac('sha256', RANDOM_SECRET).update(content).digest('base64url');
    return `${content}.${signed ? signature : Buffer.from(text).toString('base64url')}`;
  });
  const authorization = fc.oneof(
    token.map((text) => `Bearer ${text}`),
    fc
      .tuple(fc.constantFrom('Bearer', 'bearer', 'Basic', 'Bearer Bearer', ''), inHeader)
      .map((words) => words.join(' ')),
  );
  return fc.tuple(randomRequests(routes), authorization).map(([asked, authorization]) => {
    return { ...asked, headers: { ...asked.headers, authorization } };
  });
}
