import type { Context } from 'hono';
import { FigtreeError } from '../../../events/errors.ts';
import type { AuthConfig } from '../../config.ts';
import { type Access, ownFeedOf } from '../../server/access.ts';
import { bearerToken, type Reader, tokenVerifier } from '../../server/token.ts';
import { requireKeys } from '../required-keys.ts';

/** What API Gateway asks a REQUEST authorizer: of an HTTP API (payload 2.0, simple answers) or of a REST API (an IAM policy). */
export interface AuthorizerRequest {
  readonly version?: string;
  readonly methodArn?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

/** What the authorizer found out, as the functions behind it get it. */
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

/** The authorizer that the functions of one API share: checks the token once, and API Gateway keeps the answer for some minutes,
 *  an hour at most. Whether the token is enough for what is asked, and whether it has expired meanwhile, is for the function to
 *  say, because the answer is kept for the token and not for the route. A token without `sub` names no reader and is refused.
 *  AUTH_REQUIRED or CONFIG_INVALID without a way to check tokens. */
export function authorizer(auth: AuthConfig): (request: AuthorizerRequest) => Promise<AuthorizerAnswer> {
  requireKeys(auth, 'tokens');
  const verify = tokenVerifier(auth.jwt as NonNullable<AuthConfig['jwt']>);
  return async (request) => {
    const { version, methodArn, headers } = request ?? {};
    const token = bearerToken(authorizationOf(headers));
    const context = contextOf(token === undefined ? undefined : await verify(token));
    if (version === '2.0') return context === undefined ? { isAuthorized: false } : { isAuthorized: true, context };
    // A REST API answers 401 to this very text, and 500 to any other.
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

/** A REST API takes text, numbers and booleans, and hands all of them on as text. */
function contextOf(reader: Reader | undefined): AuthorizerContext | undefined {
  if (reader?.userId === undefined || reader.userId === '') return undefined;
  const { userId, scopes, expiresAt } = reader;
  return { userId, scopes: [...scopes].join(' '), expiresAt: expiresAt === undefined ? '' : String(expiresAt) };
}

/** A kept answer serves the other routes of the API as well: it must not name the one that was asked for. */
function wholeStage(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}

/** For functions behind the authorizer. Without its word nobody is let in, however the function was reached, nor with one about
 *  a token that has expired since. */
export const authorizedAccess: Pick<Access, 'everywhere' | 'ownFeed'> = {
  everywhere: [
    async (c, next) => {
      readerOf(c);
      await next();
    },
  ],
  ownFeed: [ownFeedOf(readerOf)],
};

// As much as the check of the token itself allows.
const CLOCK_TOLERANCE_MS = 5000;

function readerOf({ env }: Context): string {
  const { userId, expiresAt } = authorizerContext(env);
  if (typeof userId !== 'string' || userId === '')
    throw new FigtreeError('UNAUTHENTICATED', 'This request requires a token');
  // An authorizer of an older release says nothing of it.
  const ends = expiresAt === undefined || expiresAt === '' ? Infinity : Number(expiresAt);
  if (!(Date.now() < ends + CLOCK_TOLERANCE_MS)) throw new FigtreeError('UNAUTHENTICATED', 'The token has expired');
  return userId;
}

/** An HTTP API has it under `lambda`, a REST API has its entries side by side. */
function authorizerContext(env: unknown): Partial<Record<keyof AuthorizerContext, unknown>> {
  const { requestContext } = (env ?? {}) as { requestContext?: { authorizer?: { lambda?: object } | null } | null };
  return requestContext?.authorizer?.lambda ?? requestContext?.authorizer ?? {};
}
