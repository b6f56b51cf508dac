import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventData, EventType } from '../../events/catalog.ts';
import type { AuthConfig } from '../../apps/config.ts';
import type { Engine } from '../../engine/engine.ts';
import { drawSite } from '../../apps/embedded/catalog/drawn-site.ts';
import { openEmbeddedEngine } from '../../apps/embedded/open-engine.ts';
import { openLogger } from '../../apps/logger.ts';
import { openServer } from '../../apps/server/server.ts';
import { projectionNames } from '../../apps/projections/registry.ts';

/** A server on a temporary folder, for tests. */
export interface TestServer {
  readonly url: string;
  readonly engine: Engine;
  /** The log lines of this thread so far. */
  readonly lines: Record<string, unknown>[];
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: string | Uint8Array | object, headers?: Record<string, string>): Promise<Answer>;
  /** Publishes events of the catalog and resolves once every projection has applied them, with the last position. */
  publish(...events: readonly object[]): Promise<number>;
  /** Stops the server, and keeps the engine until `close`. */
  stop(limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined if the response is not JSON. */
  readonly json: JsonAnswer;
}

// What tests look into without declaring each answer's shape.
// oxlint-disable-next-line typescript/no-explicit-any -- declaring every answer would test the declarations
export type JsonAnswer = any;

export async function openTestServer(options: { auth?: AuthConfig; feedLength?: number } = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'figtree-server-'));
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = openLogger({ level: 'debug', destination });
  const { auth = { publishKeys: [] }, feedLength = 800 } = options;
  const threadLogs = { level: 'error', destination: 2 } as const;
  const engine = await openEmbeddedEngine({ folder, feedLength, celebrityFollowers: 10_000, logger: log, threadLogs });
  const server = await openServer({ engine, config: { auth, host: '127.0.0.1', port: 0 }, log, drawSite });
  const call = (path: string, init: RequestInit) => fetch(server.url + path, init).then(answerOf);

  return {
    url: server.url,
    engine,
    lines,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        headers,
      }),
    async publish(...events) {
      const items = events.map((sent) => ({ text: JSON.stringify(sent) }));
      const report = await engine.ingest.take(items, { door: 'events', origin: 'test' });
      if (report.problems.length > 0) throw new Error(JSON.stringify(report.problems));
      for (const name of projectionNames) {
        if (!(await engine.progress.reached(name, report.position, 60_000))) throw new Error(`${name} did not follow`);
      }
      return report.position;
    },
    stop: (limitMs) => server.close(limitMs),
    async close() {
      await server.close();
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  const json: JsonAnswer = isJson ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

/** A 24-digit id derived from a number, different for each number and `kind`. */
export function objectId(number: number, kind = 0): string {
  return kind.toString(16).padStart(8, '0') + number.toString(16).padStart(16, '0');
}

let published = 0;

/** An event as sent by a producer. Without its own sequence, in order of creation. */
export function event<Type extends EventType>(type: Type, data: EventData<Type>, attributes: object = {}): object {
  published += 1;
  const sequence = `1700000000${String(published).padStart(10, '0')}`;
  return { specversion: '1.0', id: `test-${published}`, source: 'test', type, sequence, data, ...attributes };
}

const AT = '2020-01-01T00:00:00.000Z';

export const joined = (userId: string, userName = `user_${userId.slice(-4)}`) =>
  event('user-joined', { userId, userName, firstName: 'First', lastName: 'Last', joinedAt: AT });
export const follows = (followerId: string, followeeId: string) => {
  const relationshipId = objectId(published, 0xf);
  return event('followed', { relationshipId, followerId, followeeId, followedAt: AT });
};
export const posts = (authorId: string, yublId: string, text = 'hello') =>
  event('yubl-posted', { yublId, authorId, text, postedAt: AT });
