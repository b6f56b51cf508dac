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
  // A function that has no keys, or keys that can be guessed, serves nobody.
  'without keys nothing is published',
  'a secret of one letter makes nobody an administrator',
  // One yubl and what a user posted are open, as they are in the embedded engine.
  'AWS: GET /yubls/{yublId}',
  'AWS: GET /users/{userId}/yubls',
]);
