import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDynamoRowStore } from '../../adapters/aws/dynamo/rows/store.ts';
import { parseVariables } from '../../apps/config.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import { createHandling } from '../../consumers/runtime/handling.ts';
import { openTableProjection } from '../../consumers/tables/open-projection.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { openTableInMemory } from '../../testing/aws/table-in-memory.ts';
import { type CliProcess, eventually, runCli, startCli } from '../../testing/cli/cli-process.ts';
import { objectId, smallHistory } from '../../testing/cli/legacy-lines.ts';
import { happening, scenario } from '../../testing/tables/scenario.ts';
import { welcomeMail } from './tables.ts';

interface Mail {
  readonly key: string | undefined;
  readonly flow: string | undefined;
  readonly body: { readonly userId: string; readonly userName: string; readonly firstName?: string };
}

let mails: Mail[] = [];
type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const ok: Answer = (response) => response.writeHead(202).end();
/** The first ones are answered by these, all others with success. */
let answers: Answer[] = [];
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (part: Buffer) => (text += part.toString()));
  request.on('end', () => {
    const header = (name: string) => request.headers[name] as string | undefined;
    mails.push({ key: header('idempotency-key'), flow: header('x-correlation-id'), body: JSON.parse(text) });
    (answers.shift() ?? ok)(response, request);
  });
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mails`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  mails = [];
  answers = [];
});
const fails: Answer = (response) => response.writeHead(500).end();
const hangs: Answer = () => {};
const ends: Answer = (_, request) => request.socket.destroy();

const userId = objectId(0xada);
const joined = (id: string) => ({ userId: id, userName: 'ada', joinedAt: '2020-01-01T12:00:00+01:00' });

describe('who was welcomed', () => {
  const story = scenario('welcomemail', welcomeMail);

  it('is remembered', () =>
    story
      .given()
      .when(happening('user-joined', joined(userId)))
      .thenRows({ welcomes: [{ userId, joinedAt: '2020-01-01T11:00:00.000Z' }] }));

  it('is forgotten when they leave', () =>
    story
      .given(happening('user-joined', joined(userId)))
      .when(happening('user-left', { userId }))
      .thenRows({ welcomes: [] }));
});

describe('a function that is invoked again', () => {
  const projection = openTableProjection('welcomemail', welcomeMail);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };

  function openFunction(
    table = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false }),
    variables = { FIGTREE_WELCOME_MAIL_URL: url },
  ) {
    const store = openDynamoRowStore(table, projection.described, projection.forget);
    const consumers = projection.consumers(store, (schema) => parseVariables(schema, variables));
    const personal = catalogPersonalWords();
    return createHandling({ consumers, logger: silent, upcasters: catalogUpcasters(), personal });
  }
  const event = recordedEvent('user-joined', joined(userId), { sequence: sequenceOf(1, 1) });

  it('sends nothing twice, once its row is stored', async () => {
    const { handle } = openFunction();
    await handle(event, false);
    await handle(event, false);
    await handle({ ...event, id: 'published twice', sequence: sequenceOf(1, 2) }, false);
    expect(mails.map(({ body }) => body)).toEqual([{ userId, userName: 'ada' }]);
  });

  it('sends nothing again, although the user has left since', async () => {
    const { handle } = openFunction();
    const left = recordedEvent('user-left', { userId }, { sequence: sequenceOf(1, 2) });
    for (const each of [event, left, event, left]) await handle(each, false);
    expect(mails).toHaveLength(1);
  });

  it('sends the same key again, if it ended before that', async () => {
    const cut = openTableInMemory({ before: async () => {}, after: async () => {}, answerIsLost: () => false });
    const dying = openFunction({
      ...cut,
      put: async (item, condition) => {
        if (item.pk.startsWith('welcomes#')) throw new Error('it ends here');
        return await cut.put(item, condition);
      },
    });
    await expect(dying.handle(event, false)).rejects.toMatchObject({ cause: new Error('it ends here') });
    await openFunction(cut).handle(event, false);
    expect(mails).toHaveLength(2);
    expect(mails[1]).toEqual(mails[0]);
  });

  it('is off without a URL, and refuses one that is none', async () => {
    await openFunction(undefined, { FIGTREE_WELCOME_MAIL_URL: '' }).handle(event, false);
    expect(mails).toEqual([]);
    expect(() => openFunction(undefined, { FIGTREE_WELCOME_MAIL_URL: 'mailto:a@b.c' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'FIGTREE_WELCOME_MAIL_URL must be an http or https URL',
      }),
    );
  });
});

describe('a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-welcome-'));
  const data = join(folder, 'data');
  const processes: CliProcess[] = [];
  afterAll(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ result }) => result));
    rmSync(folder, { recursive: true });
  });

  async function serve() {
    const served = startCli(['serve'], { data, env: { FIGTREE_WELCOME_MAIL_URL: url } });
    processes.push(served);
    const base = await eventually(served, () => /http:\/\/[\d.:]+/.exec(served.stdout())?.[0]);
    async function join(number: number): Promise<number> {
      const data = { userId: objectId(number), userName: `user ${number}`, joinedAt: '2020-01-01T12:00:00Z' };
      const event = { specversion: '1.0', source: 'urn:test', id: `join ${number}`, type: 'user-joined', data };
      const headers = { 'content-type': 'application/json', 'x-correlation-id': `flow ${number}` };
      const response = await fetch(`${base}/events`, { method: 'POST', headers, body: JSON.stringify([event]) });
      return ((await response.json()) as { position: number }).position;
    }
    const row = async (number: number, after: number) =>
      (await fetch(`${base}/projections/welcomemail/welcomes/${objectId(number)}?after=${after}`)).status;
    return { served, join, row };
  }

  it('welcomes those who join from now on, once each, although the receiver fails, hangs and ends', async () => {
    const input = smallHistory(1).join('\n');
    expect(await runCli(['import', '-'], { data, input, env: { FIGTREE_WELCOME_MAIL_URL: url } })).toMatchObject({
      code: 0,
    });
    expect(mails).toEqual([]);
    const { served, join, row } = await serve();
    answers = [fails, ends, hangs, ok];
    const positions = [await join(101), await join(102)];
    expect(await row(101, Math.max(...positions))).toBe(200);
    expect(await row(102, Math.max(...positions))).toBe(200);
    const of = (number: number) => mails.filter(({ body }) => body.userId === objectId(number));
    // A slow machine may take longer than an attempt may.
    expect(of(101).length).toBeGreaterThanOrEqual(4);
    expect(new Set(of(101).map(({ key }) => key)).size).toBe(1);
    expect(new Set(of(102).map(({ key }) => key)).size).toBe(1);
    expect(of(102)[0]).toMatchObject({ flow: 'flow 102', body: { userName: 'user 102' } });
    expect(of(102)[0]?.key).not.toBe(of(101)[0]?.key);
    // The first users were there before, and nobody is welcomed twice.
    expect(mails).toHaveLength(of(101).length + of(102).length);
    served.child.kill('SIGTERM');
    await served.result;
  });

  it('sends the same key again, if it was killed before it knew that the mail was sent', async () => {
    const first = await serve();
    const killed = new Promise<void>((resolve) => {
      answers = [
        () => {
          first.served.child.kill('SIGKILL');
          resolve();
        },
      ];
    });
    const position = await first.join(103);
    await killed;
    await first.served.result;
    const second = await serve();
    expect(await second.row(103, position)).toBe(200);
    expect(mails.length).toBeGreaterThanOrEqual(2);
    for (const mail of mails) expect(mail).toEqual(mails[0]);
  });
});
