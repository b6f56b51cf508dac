import type { Context } from 'hono';
import { FigtreeError } from '../../../events/errors.ts';
import type { AuthConfig } from '../../config.ts';
import { type Access, ownFeedOf } from '../../server/access.ts';
import { bearerToken, tokenVerifier } from '../../server/token.ts';

/** What API Gateway asks a REQUEST authorizer: of an HTTP API (payload 2.0, simple answers) or of a REST API (an IAM policy). */
export interface AuthorizerRequest {
  readonly version?: string;
  readonly methodArn?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

/** What the authorizer found out, as the functions behind it get it. */
type AuthorizerContext = Readonly<Record<'userId' | 'scopes', string>>;

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

/** The authorizer that the functions of one API share: checks the token once, and API Gateway keeps the answer for some minutes.
 *  Whether the token is enough for what is asked is for the function to say, because the answer is kept for the token and not for
 *  the route. */
export function authorizer(auth: AuthConfig): (request: AuthorizerRequest) => Promise<AuthorizerAnswer> {
  const verify = auth.jwt ? tokenVerifier(auth.jwt) : () => Promise.resolve(undefined);
  return async ({ version, methodArn, headers }) => {
    const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    const token = bearerToken(header);
    const reader = token === undefined ? undefined : await verify(token);
    const context = reader && { userId: reader.userId ?? '', scopes: [...reader.scopes].join(' ') };
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

/** A kept answer serves the other routes of the API as well: it must not name the one that was asked for. */
function wholeStage(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}

/** For functions behind the authorizer. Without its word nobody is let in, however the function was reached. */
export const authorizedAccess: Pick<Access, 'everywhere' | 'ownFeed'> = {
  everywhere: [
    async (c, next) => {
      readerOf(c);
      await next();
    },
  ],
  ownFeed: [ownFeedOf(readerOf)],
};

function readerOf({ env }: Context): string {
  const { userId } = authorizerContext(env);
  if (userId === undefined || userId === '') throw new FigtreeError('UNAUTHENTICATED', 'This needs a token');
  return userId;
}

/** An HTTP API has it under `lambda`, a REST API has its entries side by side. */
function authorizerContext(env: unknown): Partial<AuthorizerContext> {
  const { requestContext } = (env ?? {}) as {
    requestContext?: { authorizer?: Partial<AuthorizerContext> & { lambda?: Partial<AuthorizerContext> } };
  };
  return requestContext?.authorizer?.lambda ?? requestContext?.authorizer ?? {};
}
