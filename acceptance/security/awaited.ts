import type { Asked } from './requests.ts';

/** What these tests know to be wrong today, each with the title or the name of its case. Such a case is still tried, and
 *  has to fail: once the product is right its test turns red until its line here is removed. */
export const awaited: ReadonlySet<string> = new Set([
  // FIGTREE_JWT_ISSUER and FIGTREE_JWT_AUDIENCE: RFC 8725, 3.8 and 3.9; RFC 9068, 4.
  'HS256: for another audience',
  'HS256: of another issuer',
  'HS256: for no audience',
  'HS256: of no issuer',
  'JWKS: for another audience',
  'JWKS: of another issuer',
  'JWKS: an ID token of another client',
  // RFC 8187: such an id comes encoded, and is answered encoded or not at all.
  'a flow whose id is outside of Latin-1',
  // What the adapter refuses before any route: without the headers that every other answer has.
  'a request that no route is asked about',
  // The control socket takes U+2028 and U+2029 inside of a text, which JSON leaves as they are, for the end of its line.
  'a line separator in what a command asks',
  // A function that has no keys, or keys that can be guessed, serves nobody.
  'without keys nothing is published',
  'a secret of one letter makes nobody an administrator',
  // One yubl and what a user posted are open, as they are in the embedded engine.
  'AWS: GET /yubls/{yublId}',
  'AWS: GET /users/{userId}/yubls',
]);

/** Headers of a random request but for those that bring the server to 500 today: an id of a flow that HTTP has to encode. */
export function withoutAwaited(headers: Asked['headers'] = {}): Record<string, string> {
  const sent = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const flow = (name: string, value: string) => name === 'x-correlation-id' && value.startsWith("UTF-8''");
  return Object.fromEntries(sent.filter(([name, value]) => !awaited.has(ENCODED_FLOW) || !flow(name, value)));
}

export const ADAPTER_REFUSAL = 'a request that no route is asked about';
export const LINE_SEPARATORS = 'a line separator in what a command asks';
export const ENCODED_FLOW = 'a flow whose id is outside of Latin-1';
