import type { Context, MiddlewareHandler } from 'hono';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import { type AuthConfig, hasKeys, isLoopback } from '../config.ts';
import { admit } from './caller.ts';
import type { KeySetParts } from './key-set.ts';
import { bearerToken, publishKeyring, type Reader, tokenVerifier } from './token.ts';

/** Authorization: the middlewares before each kind of route; without any key all but `everywhere` are empty.
 *
 *  401: credentials of the kind that the route requires are missing or not valid. 403: they are valid and not
 *  sufficient. */
export interface Access {
  /** True without keys: then only a listener on the loopback may serve it. */
  readonly loopbackOnly?: boolean;
  /** Before every route. */
  readonly everywhere: MiddlewareHandler[];
  /** Requires a publish key. */
  readonly publish: MiddlewareHandler[];
  /** Requires a token of the user whose id is in the path. */
  readonly ownFeed: MiddlewareHandler[];
  /** Requires a publish key or the scope `admin`: these routes return events as they were published. */
  readonly rawEvents: MiddlewareHandler[];
  /** Requires the scope `admin`. */
  readonly admin: MiddlewareHandler[];
}

/** Either of two credentials is sufficient: a request may carry one for a proxy besides the one for us. */
export function openAccess(auth: AuthConfig, parts: KeySetParts = {}): Access {
  if (!hasKeys(auth)) return OPEN_ON_LOOPBACK;
  const keyNamed = publishKeyring(auth.publishKeys);
  const readerOf = auth.jwt ? tokenVerifier(auth.jwt, parts) : () => Promise.resolve(undefined);

  async function reader(c: Context): Promise<Reader> {
    const token = bearer(c);
    const found = token === undefined ? undefined : await readerOf(token);
    if (found === undefined) throw unauthenticated(c, 'a token');
    const { userId: sub, expiresAt } = found;
    c.set('caller', { ...defined({ sub, expiresAt }) });
    return found;
  }
  function hasPublishKey(c: Context): boolean {
    for (const presented of [c.req.header('x-api-key'), bearer(c)]) {
      const key = presented === undefined ? undefined : keyNamed(presented);
      if (key === undefined) continue;
      c.set('caller', { publishKey: key.name });
      if (key.sourcePrefix !== undefined) c.set('sourcePrefix', key.sourcePrefix);
      return true;
    }
    return false;
  }
  async function requireAdmin(c: Context): Promise<void> {
    if (!(await reader(c)).scopes.has('admin')) throw new FigtreeError('FORBIDDEN', 'The token lacks the scope admin');
  }

  return {
    everywhere: [],
    publish: [
      async (c, next) => {
        if (!hasPublishKey(c)) throw unauthenticated(c, 'a publish key');
        await admit(c, next);
      },
    ],
    ownFeed: [ownFeedOf(async (c) => (await reader(c)).userId)],
    rawEvents: [
      async (c, next) => {
        if (!hasPublishKey(c)) await requireAdmin(c);
        await admit(c, next);
      },
    ],
    admin: [
      async (c, next) => {
        await requireAdmin(c);
        await admit(c, next);
      },
    ],
  };
}

/** Admits the user whose id is in the path. */
export function ownFeedOf(reader: (c: Context) => Promise<string | undefined> | string | undefined): MiddlewareHandler {
  return async (c, next) => {
    if ((await reader(c)) !== c.req.param('userId')?.toLowerCase()) {
      throw new FigtreeError('FORBIDDEN', 'The token belongs to a different user');
    }
    await admit(c, next);
  };
}

// Two `authorization` headers are joined by a comma, and that is no token.
function bearer(c: Context): string | undefined {
  return bearerToken(c.req.header('authorization'));
}

function unauthenticated(c: Context, what: string): FigtreeError {
  const given = c.req.header('authorization') !== undefined || c.req.header('x-api-key') !== undefined;
  const message = given ? `The credentials are not valid here: ${what} is required` : `This request requires ${what}`;
  return new FigtreeError('UNAUTHENTICATED', message, { given });
}

// Without keys, the server is for this machine only. A page of another site can reach it through the browser of a local
// user: by a name that resolves to the loopback (then Host shows that name), by a form or a script (then Origin shows
// its site), or by a link or an image (then only Sec-Fetch-Site shows it). Programs send neither Origin nor
// Sec-Fetch-Site.
const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host');
  if (host !== undefined && !isLocal(host)) {
    throw new FigtreeError('FORBIDDEN', 'Without keys, only requests to the loopback are served');
  }
  const origin = c.req.header('origin');
  if (origin !== undefined && !isOwnOrigin(origin, host)) {
    throw new FigtreeError('FORBIDDEN', 'Without keys, requests from pages of other sites are not served');
  }
  const site = c.req.header('sec-fetch-site')?.toLowerCase();
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
  // Pages on other ports of this machine are same-site: they may link here, but not write.
  if (site === 'cross-site' || (site === 'same-site' && !reads)) {
    throw new FigtreeError('FORBIDDEN', 'Without keys, requests from pages of other sites are not served');
  }
  await admit(c, next);
};

const OPEN_ON_LOOPBACK: Access = {
  loopbackOnly: true,
  everywhere: [refuseForeignPages],
  publish: [],
  ownFeed: [],
  rawEvents: [],
  admin: [],
};

let lastLocal = '';

function isLocal(host: string): boolean {
  if (host === lastLocal) return true;
  if (!isLoopback(host.replace(/:[0-9]*$/, ''))) return false;
  lastLocal = host;
  return true;
}

// Compared as URLs, so that the default port of the scheme may be present in one and absent in the other.
function isOwnOrigin(origin: string, host = ''): boolean {
  const [, scheme = ''] = /^(https?:)\/\/[^/?#@]+$/i.exec(origin) ?? [];
  if (scheme === '' || !URL.canParse(origin) || !URL.canParse(`${scheme}//${host}`)) return false;
  return new URL(origin).host === new URL(`${scheme}//${host}`).host;
}
