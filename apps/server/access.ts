import type { Context, MiddlewareHandler } from 'hono';
import { FigtreeError } from '../../events/errors.ts';
import { type AuthConfig, hasKeys, isLoopback } from '../config.ts';
import { bearerToken, publishKeyring, type Reader, tokenVerifier } from './token.ts';

/** Who may do what. Each is what stands before a route's handler; without any key all but `everywhere` are empty.
 *
 *  401: credentials of the kind that the route asks for are missing or not valid. 403: they are valid and not enough. */
export interface Access {
  /** True without keys: then only a listener on the loopback may serve it. */
  readonly loopbackOnly?: boolean;
  /** Before every route. */
  readonly everywhere: MiddlewareHandler[];
  /** A publish key. */
  readonly publish: MiddlewareHandler[];
  /** A token of the user whose id stands in the path. */
  readonly ownFeed: MiddlewareHandler[];
  /** A publish key or the scope `admin`: what is read there are the events as they were sent. */
  readonly rawEvents: MiddlewareHandler[];
  /** The scope `admin`. */
  readonly admin: MiddlewareHandler[];
}

export function openAccess(auth: AuthConfig): Access {
  if (!hasKeys(auth)) return OPEN_ON_LOOPBACK;
  const keyNamed = publishKeyring(auth.publishKeys);
  const readerOf = auth.jwt ? tokenVerifier(auth.jwt) : () => Promise.resolve(undefined);

  async function reader(c: Context): Promise<Reader> {
    const token = bearer(c);
    const found = token === undefined ? undefined : await readerOf(token);
    if (found === undefined) throw unauthenticated('a token', token !== undefined);
    return found;
  }
  function hasPublishKey(c: Context): boolean {
    const key = c.req.header('x-api-key') ?? bearer(c);
    return key !== undefined && keyNamed(key) !== undefined;
  }
  async function requireAdmin(c: Context): Promise<void> {
    if (!(await reader(c)).scopes.has('admin')) throw new FigtreeError('FORBIDDEN', 'The token has no scope admin');
  }

  return {
    everywhere: [],
    publish: [
      async (c, next) => {
        if (!hasPublishKey(c)) throw unauthenticated('a publish key', bearer(c) !== undefined);
        await next();
      },
    ],
    ownFeed: [ownFeedOf(async (c) => (await reader(c)).userId)],
    rawEvents: [
      async (c, next) => {
        if (!hasPublishKey(c)) await requireAdmin(c);
        await next();
      },
    ],
    admin: [
      async (c, next) => {
        await requireAdmin(c);
        await next();
      },
    ],
  };
}

/** Lets the user through whose id stands in the path. */
export function ownFeedOf(reader: (c: Context) => Promise<string | undefined> | string | undefined): MiddlewareHandler {
  return async (c, next) => {
    if ((await reader(c)) !== c.req.param('userId')?.toLowerCase()) {
      throw new FigtreeError('FORBIDDEN', 'The token is of another user than the feed');
    }
    await next();
  };
}

function bearer(c: Context): string | undefined {
  return bearerToken(c.req.header('authorization'));
}

function unauthenticated(what: string, given: boolean): FigtreeError {
  const message = given ? `The credentials are not ${what} that is valid here` : `This needs ${what}`;
  return new FigtreeError('UNAUTHENTICATED', message, { given });
}

// An open server is there for this machine. A web page of elsewhere reaches it through the browser of whoever sits here:
// by a name that was made to point to the loopback (then Host shows that name), or by a form (then Origin shows its site).
const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host');
  if (host !== undefined && !isLocal(host))
    throw new FigtreeError('FORBIDDEN', 'Without keys only the loopback is served');
  if (c.req.method !== 'GET') {
    const origin = c.req.header('origin');
    if (origin !== undefined && !isLocal(origin.replace(/^https?:\/\//, ''))) {
      throw new FigtreeError('FORBIDDEN', 'Without keys pages of other sites cannot write');
    }
  }
  await next();
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
  if (!isLoopback(host.replace(/:[0-9]+$/, ''))) return false;
  lastLocal = host;
  return true;
}
