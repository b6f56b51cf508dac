import { connect } from 'node:net';
import * as fc from 'fast-check';
import { type Asked, joinedHeaders } from '../security/requests.ts';
import { requireSound } from './answer-rules.ts';
import { door, type Door } from './door.ts';
import type { FuzzedWorld, Served } from './fuzzed-world.ts';
import { hostileText } from './hostile-values.ts';
import { randomCredentials, randomPublishing, randomRequests } from './random-requests.ts';

async function ask({ client }: Served, asked: Asked): Promise<void> {
  requireSound(asked, await client.ask(asked));
}

const requests = door<Asked>({
  name: 'requests',
  share: 2600,
  together: 16,
  inputs: ({ routes }) => randomRequests(routes),
  enter: (asked, { open }) => ask(open, asked),
});

const publishing = door<Asked>({
  name: 'publishing',
  share: 3400,
  together: 16,
  inputs: ({ routes }) => randomPublishing(routes),
  enter: (asked, { open }) => ask(open, asked),
});

const credentials = door<Asked>({
  name: 'credentials',
  share: 900,
  together: 16,
  inputs: ({ routes }) => randomCredentials(routes),
  enter: (asked, { keyed }) => ask(keyed, asked),
});

/** The bytes written to the socket, and whether they are cut off in the middle. */
interface Written {
  readonly bytes: Uint8Array;
  readonly reset: boolean;
}

const pieces = fc.oneof(
  fc.constantFrom('GET', 'POST', 'get', 'CONNECT', 'TRACE', 'PRI', '', 'G\0T', 'GET GET'),
  fc.constantFrom('/health', '/events', '*', 'http://127.0.0.1/health', '//', '/\0', '/%', '127.0.0.1:80', '/é'),
  fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'HTTPS/1.1', ''),
);

const lines = fc.oneof(
  fc.constantFrom(
    'Host: localhost',
    'Host: 127.0.0.1',
    'Host:',
    'Host: a, b',
    'Host: [::1',
    'Host: user@localhost',
    'Content-Length: 2',
    'Content-Length: -1',
    'Content-Length: 2, 2',
    'Content-Length: 99999999999999999999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding : chunked',
    'Expect: 100-continue',
    'Expect: something',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Connection: close',
    ' folded: line',
    'no colon',
    ': no name',
    'Na me: x',
    'X: a\0b',
    `X: ${'x'.repeat(20_000)}`,
  ),
  hostileText.map((text) => `X-Any: ${text}`),
);

const bodies = fc.oneof(
  fc.constantFrom(
    '',
    '[]',
    '2\r\n[]\r\n0\r\n\r\n',
    '2\r\n[]',
    'z\r\n',
    '-2\r\n[]\r\n',
    'ffffffffffffffff\r\n',
    '0\r\n\r\nGET / HTTP/1.1',
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const written: fc.Arbitrary<Written> = fc
  .record({
    first: fc.oneof(
      {
        weight: 2,
        arbitrary: fc.constantFrom('GET /health HTTP/1.1', 'POST /events HTTP/1.1', 'POST /events HTTP/1.0'),
      },
      fc.array(pieces, { maxLength: 4 }).map((words) => words.join(' ')),
    ),
    lines: fc.array(lines, { maxLength: 5 }),
    end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    body: bodies,
    reset: fc.boolean(),
  })
  .map(({ first, lines, end, body, reset }) => {
    const text = `${[first, ...lines, ''].join(end)}${end}${body}`;
    return { bytes: Buffer.from(text, 'latin1'), reset };
  });

/** The first line of the response, empty if the connection ended before one. */
async function firstLineOf({ bytes, reset }: Written, { port }: Served): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      if (reset) setImmediate(() => socket.resetAndDestroy());
      else socket.end();
    });
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (data: Buffer) => (text += text.length < 500 ? data.toString('latin1') : ''));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
  });
}

const rawSockets = door<Written>({
  name: 'raw sockets',
  share: 400,
  together: 16,
  inputs: () => written,
  async enter(sent, { open }) {
    const line = await firstLineOf(sent, open);
    // 505 is Node's own response to a version that it does not support.
    if (!/^(HTTP\/1\.1 ([1-4]\d\d|505) .*)?$/.test(line)) {
      throw new Error(`${line}: ${Buffer.from(sent.bytes).toString('base64')} (base64)`);
    }
  },
});

/** A live tail: everything in it is a comment or a message with growing positions. */
async function readTail(asked: Asked, { open }: FuzzedWorld): Promise<void> {
  const headers = joinedHeaders(asked.headers);
  const abort = new AbortController();
  const url = `http://127.0.0.1:${open.port}${asked.path}`;
  const response = await fetch(url, { headers, signal: abort.signal });
  if (response.headers.get('content-type') !== 'text/event-stream') {
    const given = Object.fromEntries(response.headers);
    return requireSound(
      { ...asked, headers },
      { status: response.status, headers: given, text: await response.text() },
    );
  }
  const reader = response.body?.getReader();
  const first = await reader?.read();
  const read = Buffer.from(first?.value ?? new Uint8Array()).toString();
  // The last message may be incomplete.
  const text = read.slice(0, read.lastIndexOf('\n\n') + 2);
  abort.abort();
  await reader?.closed.catch(() => {});
  const positions = [...text.matchAll(/^id: (\d+)$/gm)].map(([, position]) => Number(position));
  const grows = positions.every((position, index) => index === 0 || position >= (positions[index - 1] ?? 0));
  const shaped = text
    .split('\n')
    .every((line) => line === '' || /^(retry: \d+|id: \d+|data: \{.*\}|: .*)$/s.test(line));
  if (!grows || !shaped) throw new Error(`a tail says ${text.slice(0, 300)} to ${asked.path}`);
}

const tails = door<Asked>({
  name: 'live tails',
  share: 300,
  together: 8,
  inputs: ({ routes }) => {
    const route = routes.find(({ path }) => path === '/events/stream');
    if (route === undefined) throw new Error('there is no /events/stream');
    return randomRequests([route]).map(({ path, headers = {} }) => ({ method: 'GET', path, headers }));
  },
  enter: readTail,
});

export const httpDoors: readonly Door[] = [requests, publishing, credentials, rawSockets, tails];
