import type { Context } from 'hono';
import { FigtreeError } from '../../../events/errors.ts';
import type { AuthConfig } from '../../config.ts';
import { type Access, ownFeedOf } from '../../server/access.ts';
import { bearerToken, type Reader, tokenVerifier } from '../../server/token.ts';
import { requireKeys } from '../required-keys.ts';

/** The request of API Gateway to a REQUEST authorizer: for an HTTP API (payload 2.0, simple responses) or a REST API
 *  (an IAM policy). */
export interface AuthorizerRequest {
  readonly version?: string;
  readonly methodArn?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

/** The authorizer's result, as it is passed to the functions behind it. */
interface AuthorizerContext {
  readonly userId: string;
  readonly scopes: string;
  /** Milliseconds since 1970, in digits; empty if the token does not expire. */
  readonly expiresAt: string;
}

export type AuthorizerAnswer =
  | { readonly isAuthorized: boolean; readonly context?: AuthorizerContext }
  | {
      readonly principalId: string;
      readonly policyDocument: {
        readonly Version: '2012-10-17';
        readonly Statement: readonly {
          readonly Action: 'execute-api:Invoke';
          readonly Effect: 'Allow';
          readonly Resource: string;
        }[];
      };
      readonly context: AuthorizerContext;
    };

/** The authorizer that the functions of one API share: verifies the token once, and API Gateway caches the response for
 *  some minutes, an hour at most. The function decides whether the token is sufficient and whether it has expired
 *  meanwhile, because the response is cached per token and not per route. A token without `sub` names no reader and is
 *  refused. Throws AUTH_REQUIRED or CONFIG_INVALID if there is no way to verify tokens. */
export function authorizer(auth: AuthConfig): (request: AuthorizerRequest) => Promise<AuthorizerAnswer> {
  requireKeys(auth, 'tokens');
  const verify = tokenVerifier(auth.jwt as NonNullable<AuthConfig['jwt']>);
  return async (request) => {
    const { version, methodArn, headers } = request ?? {};
    const token = bearerToken(authorizationOf(headers));
    const context = contextOf(token === undefined ? undefined : await verify(token));
    if (version === '2.0') return context === undefined ? { isAuthorized: false } : { isAuthorized: true, context };
    // A REST API answers 401 to this exact text, and 500 to any other.
    if (context === undefined) throw new Error('Unauthorized');
    return {
      principalId: context.userId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: wholeStage(methodArn ?? '') }],
      },
      context,
    };
  };
}

function authorizationOf(headers: AuthorizerRequest['headers']): string | undefined {
  const header: unknown = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return typeof header === 'string' ? header : undefined;
}

/** A REST API accepts text, numbers and booleans, and passes all of them on as text. */
function contextOf(reader: Reader | undefined): AuthorizerContext | undefined {
  if (reader?.userId === undefined || reader.userId === '') return undefined;
  const { userId, scopes, expiresAt } = reader;
  // A scope has no spaces (RFC 6749, 3.3); one that had some would be several for those who split the text again.
  const words = [...scopes].filter((scope) => !/\s/.test(scope));
  return { userId, scopes: words.join(' '), expiresAt: expiresAt === undefined ? '' : String(expiresAt) };
}

/** A cached response is used for the other routes of the API as well, so it must cover all of them. */
function wholeStage(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}

/** For functions behind the authorizer. Refuses requests without its result, however the function was invoked, and
 *  tokens that have expired since. */
export const authorizedAccess: Pick<Access, 'everywhere' | 'ownFeed' | 'admin'> = {
  everywhere: [
    async (c, next) => {
      readerOf(c);
      await next();
    },
  ],
  ownFeed: [ownFeedOf((c) => readerOf(c).userId)],
  admin: [
    async (c, next) => {
      if (!readerOf(c).scopes.includes('admin')) throw new FigtreeError('FORBIDDEN', 'The token lacks the scope admin');
      await next();
    },
  ],
};

// The same tolerance as in the verification of the token.
const CLOCK_TOLERANCE_MS = 5000;

function readerOf({ env }: Context): { readonly userId: string; readonly scopes: readonly string[] } {
  const { userId, scopes, expiresAt } = authorizerContext(env);
  if (typeof userId !== 'string' || userId === '')
    throw new FigtreeError('UNAUTHENTICATED', 'This request requires a token');
  // Missing from an authorizer of an older release.
  const ends = expiresAt === undefined || expiresAt === '' ? Infinity : Number(expiresAt);
  if (!(Date.now() < ends + CLOCK_TOLERANCE_MS)) throw new FigtreeError('UNAUTHENTICATED', 'The token has expired');
  return { userId, scopes: typeof scopes === 'string' ? scopes.split(' ') : [] };
}

/** An HTTP API nests it under `lambda`, a REST API does not. */
function authorizerContext(env: unknown): Partial<Record<keyof AuthorizerContext, unknown>> {
  const { requestContext } = (env ?? {}) as { requestContext?: { authorizer?: { lambda?: object } | null } | null };
  return requestContext?.authorizer?.lambda ?? requestContext?.authorizer ?? {};
}
