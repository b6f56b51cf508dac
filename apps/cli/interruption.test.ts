import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startCli } from '../../testing/cli/cli-process.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'figtree-interruption-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serving() {
  const server = startCli(['serve'], { data: folder });
  const url = await eventually(server, () => /"url":"(http:[^"]+)"/.exec(server.stdout())?.[1]);
  return { server, url: new URL(url) };
}

test('one key press that arrives twice, as npm run passes it on, ends gracefully', async () => {
  const { server } = await serving();
  server.child.kill('SIGINT');
  server.child.kill('SIGINT');
  const { code, stdout } = await server.result;
  expect(code).toBe(0);
  expect(stdout).toContain('"msg":"stopped"');
});

test('a second one later ends immediately what cannot end gracefully', async () => {
  const { server, url } = await serving();
  // A request whose body never comes keeps the server waiting.
  const socket = connect(Number(url.port), url.hostname);
  socket.on('error', () => {});
  socket.write(
    `POST /events HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
  );
  await once(socket, 'connect');
  // Once a later request is answered, the server has received the earlier one.
  await fetch(new URL('/health', url));
  const pressing = setInterval(() => server.child.kill('SIGINT'), 100);
  const { code, stdout } = await server.result;
  clearInterval(pressing);
  socket.destroy();
  expect(code).toBe(130);
  // It would log that after the ten seconds for which it waits for requests.
  expect(stdout).not.toContain('"msg":"stopped"');
});
