import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Asked {
  readonly method: string;
  /** Verbatim: nothing in it is encoded or resolved. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** The headers with one string for each name. */
export function joinedHeaders(headers: Asked['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a live tail, which is closed at once. */
  readonly text: string;
}

export interface HttpClient {
  ask(asked: Asked): Promise<Answered>;
  close(): void;
}

/** Sends a request through Node's HTTP client: unlike `fetch`, it sends any method and any path. Rejects if there is no
 *  response within 20 seconds. */
export function openHttpClient(url: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(url);
  return {
    ask: ({ method, path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const sent = request({
          agent,
          hostname,
          port,
          method,
          path,
          headers: { ...length, ...headers },
          timeout: 20_000,
        });
        sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
        sent.on('error', reject);
        sent.on('response', (response) => {
          const { statusCode: status = 0, headers } = response;
          if (headers['content-type'] === 'text/event-stream' && method !== 'HEAD') {
            resolve({ status, headers, text: '' });
            response.destroy();
            return;
          }
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve({ status, headers, text: Buffer.concat(chunks).toString() }));
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
