import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, differs, examplesOf } from './readme-examples.ts';

test('commands are found with their answers, over several lines and beside remarks', () => {
  const document = [
    '```sh',
    'npm cit   # installs',
    "curl -s a -d '[",
    "  1 ]'",
    '#> { "a":',
    '#>   1 }',
    '',
    './figtree status',
    '```',
    '```ts',
    'no.command();',
    '```',
  ].join('\n');
  expect(examplesOf(document)).toEqual([
    { command: 'npm cit' },
    { command: "curl -s a -d '[\n  1 ]'", answer: '{ "a":\n  1 }' },
    { command: './figtree status' },
  ]);
});

describe('an answer', () => {
  test.each([
    ['{"a":1,"b":[1,2]}', '{ "b": [1, 2], "a": 1 }'],
    ['{"a":{"deep":null}}', '{ "a": "…" }'],
    ['{"a":"2016-06-09"}', '{ "a": "2016-…" }'],
    ['{"a":1,"b":2,"c":[]}', '{ "a": 1, "…": "…" }'],
    ['{"a":1}', '{ "a": 1, "…": "…" }'],
    ['id: 1\ndata: {"a":1}\n', 'id: 1\ndata: {…}'],
  ])('%s is what %s shows', (actual, shown) => expect(differs(actual, shown)).toBe(false));

  test.each([
    ['{"a":2}', '{ "a": 1 }'],
    ['{"a":1,"b":1}', '{ "a": 1 }'],
    ['{"a":1}', '{ "a": 1, "b": "…" }'],
    ['{"b":1}', '{ "a": 1, "…": "…" }'],
    ['[1,2]', '["…"]'],
    ['{"0":1}', '[1]'],
    ['{"a":"1"}', '{ "a": 1 }'],
    ['{"a":"2017"}', '{ "a": "2016…" }'],
    ['{"a":null}', '{ "a": { } }'],
    ['not JSON', '{ "a": "…" }'],
    ['id: 2', 'id: 1'],
  ])('%s is not what %s shows', (actual, shown) => expect(differs(actual, shown)).toBe(true));
});

describe('a curl command', () => {
  let server: Server;
  let to: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        response.setHeader('content-type', url === '/stream' ? 'text/event-stream' : 'application/json');
        if (url === '/stream') response.write('a\nb\nc\n');
        else
          response.end(
            JSON.stringify({ method, url, said: headers['x-said'], body: Buffer.concat(chunks).toString() }),
          );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const answer = (command: string, expected?: string) => answerOf(command, { from: 'localhost:4000', to }, expected);

  test('asks what it says', async () => {
    const got = await answer("curl -s 'localhost:4000/a?b=c d&e'");
    expect(JSON.parse(got)).toEqual({ method: 'GET', url: '/a?b=c%20d&e', body: '' });
    const sent = await answer("curl -s localhost:4000/p -H 'x-said: a b' -d '[\n 1 ]'");
    expect(JSON.parse(sent)).toEqual({ method: 'POST', url: '/p', said: 'a b', body: '[\n 1 ]' });
    const removed = await answer('curl -s -X DELETE localhost:4000/p');
    expect(JSON.parse(removed)).toEqual({ method: 'DELETE', url: '/p', body: '' });
  });

  test('of a stream takes as many lines as are expected', async () => {
    expect(await answer('curl -sN localhost:4000/stream', 'x\ny')).toBe('a\nb');
  });

  test('with an unknown option, or to another host, is refused', async () => {
    await expect(answer('curl -s --insecure localhost:4000/')).rejects.toThrow('--insecure');
    await expect(answer('curl -s example.org/')).rejects.toThrow('somebody else');
  });
});
