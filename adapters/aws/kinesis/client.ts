import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { defined } from '../../../events/defined.ts';

export interface KinesisClientSettings {
  readonly region?: string;
  /** The endpoint of an emulator or a private network. By default the SDK uses Amazon's, or AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  /** By default the SDK finds credentials: a role, the environment, a profile. */
  readonly credentials?: NonNullable<KinesisClientConfig['credentials']>;
  /** Certificate of the authority that signed the endpoint's, in PEM, if the system does not know it. */
  readonly certificate?: string;
  /** A request without an answer for this long has failed. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Opens a client whose requests share connections. The SDK's own default opens a session, with its TLS handshake, for
 *  each request (aws-sdk-js-v3 #8279). It does not retry: the producer and the reader do, because they know which
 *  records must stay in order. */
export function openKinesisClient(settings: KinesisClientSettings = {}): KinesisClient {
  const { region, endpoint, credentials } = settings;
  return new KinesisClient({
    ...defined({ region, endpoint, credentials }),
    maxAttempts: 1,
    requestHandler: sharedConnections(settings),
  });
}

type Transport = Pick<KinesisClientSettings, 'requestTimeoutMs' | 'certificate'>;
type Request = Parameters<NodeHttp2Handler['handle']>[0];
type Options = Parameters<NodeHttp2Handler['handle']>[1];
type Answer = ReturnType<NodeHttp2Handler['handle']>;

const CONNECT_TIMEOUT_MS = 3000;
const SOCKETS_MAX = 50;

/** HTTP/2 with all requests in one session; HTTP/1.1 with keep-alive where there is no TLS, as with emulators. */
function sharedConnections({ requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS, certificate: ca }: Transport) {
  const plain = new NodeHttpHandler({
    requestTimeout,
    throwOnRequestTimeout: true,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
  });
  const connecting = ca === undefined ? {} : { nodeHttp2ConnectOptions: { ca } };
  const openSecure = () => new NodeHttp2Handler({ disableConcurrentStreams: false, requestTimeout, ...connecting });
  let secure = openSecure();
  return {
    // The SDK decides by this whether to send `host` or `:authority`.
    metadata: { handlerProtocol: 'h2' },
    async handle(request: Request, options?: Options): Answer {
      if (request.protocol === 'http:') return plain.handle(withHost(request), options);
      const used = secure;
      try {
        return await used.handle(request, options);
      } catch (error) {
        // A connection that died silently would be reused for every request until the system notices, which takes a
        // quarter of an hour.
        if ((error as Error).name === 'TimeoutError' && used === secure) {
          secure = openSecure();
          used.destroy();
        }
        throw error;
      }
    },
    destroy() {
      plain.destroy();
      secure.destroy();
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

function withHost(request: Request): Request {
  const { ':authority': host, ...headers } = request.headers;
  if (host !== undefined) request.headers = { ...headers, host };
  return request;
}
