import { getFeedFunction } from '../../apps/aws/functions/get-feed.ts';
import { getYublFunction } from '../../apps/aws/functions/get-yubl.ts';
import { ingestFunction } from '../../apps/aws/functions/ingest.ts';
import { relationshipApiFunction } from '../../apps/aws/functions/relationship-api.ts';
import { searchApiFunction } from '../../apps/aws/functions/search-api.ts';
import { tableApiFunction } from '../../apps/aws/functions/table-api.ts';
import type { HttpFunction } from '../../apps/aws/http/http-function.ts';
import type { AwsResources } from '../../apps/aws/resources.ts';
import { parseAwsSettings } from '../../apps/aws/settings.ts';
import type { Variables } from '../../apps/config.ts';
import { openLogger } from '../../apps/logger.ts';
import { tableProjections } from '../../apps/projections/registry.ts';
import { defined } from '../../events/defined.ts';
import { FigtreeError } from '../../events/errors.ts';
import { AUDIENCE, ISSUER, OTHER_PUBLISH_KEY, PUBLISH_KEY, SECRET } from './credentials.ts';

// The functions as deployed, with nothing behind them: authorised requests get 503.

export type FunctionName = 'ingest' | 'getFeed' | 'getYubl' | 'relationshipApi' | 'searchApi';
export type HttpEvent = Readonly<Record<string, unknown>>;

/** The environment of the functions. */
export const installation = {
  FIGTREE_PUBLISH_KEYS: `monolith:${PUBLISH_KEY},mobile:${OTHER_PUBLISH_KEY}`,
  FIGTREE_JWT_SECRET: SECRET,
  FIGTREE_JWT_ISSUER: ISSUER,
  FIGTREE_JWT_AUDIENCE: AUDIENCE,
  FIGTREE_OPENSEARCH_URL: 'http://127.0.0.1:1',
  FIGTREE_OPENSEARCH_SIGNING: 'none',
};

/** An installation in which nothing can be reached. */
export function unreachable(given: Variables): AwsResources {
  const fail = () => {
    throw new FigtreeError('STORAGE_FAILED', 'not there');
  };
  const failLater = () => Promise.reject(new FigtreeError('STORAGE_FAILED', 'not there'));
  return {
    settings: parseAwsSettings(given),
    endpoint: { endpoint: 'http://127.0.0.1:1', region: 'eu-west-1' },
    log: openLogger({ level: 'silent', destination: 1 }),
    get dynamo() {
      return fail();
    },
    versions: { live: failLater, now: failLater, flip: failLater },
    table: fail,
    projectionTable: fail,
  };
}

export function openFunctions(aws: AwsResources): Readonly<Record<FunctionName, HttpFunction>> {
  return {
    ingest: ingestFunction(aws),
    getFeed: getFeedFunction(aws),
    getYubl: getYublFunction(aws),
    relationshipApi: relationshipApiFunction(aws),
    searchApi: searchApiFunction(aws),
  };
}

/** Those of the projections of tables, by the name of the projection. */
export async function openTableFunctions(aws: AwsResources): Promise<ReadonlyMap<string, HttpFunction>> {
  return new Map(
    await Promise.all(
      tableProjections.map(async (tables) => [tables.name, await tableApiFunction(aws, tables)] as const),
    ),
  );
}

/** A request as an HTTP API passes it on. */
export function eventOf({ method, path, body, headers = {}, context }: Sent): HttpEvent {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' };
  const requestContext = { http, domainName: 'api.example', ...defined({ authorizer: context }) };
  const event = { version: '2.0', routeKey: '$default', rawPath, rawQueryString, headers, requestContext };
  return { ...event, body: body ?? null, isBase64Encoded: false };
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly context?: unknown;
}
