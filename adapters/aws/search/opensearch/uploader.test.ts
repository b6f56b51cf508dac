import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFigtreeError } from '../../../../events/errors.ts';
import { named, yublBy } from '../../../../testing/aws/cloudsearch-under-test.ts';
import { openOpenSearchClient } from './client.ts';
import { openOpenSearchUploader } from './uploader.ts';
import { goneYubl, type UserDocument, yublDocument } from '../search-documents.ts';

// Successful responses are tested on OpenSearch itself; these are its failures.

type Operation = readonly [id: string, version: number, index: string];
interface Answer {
  readonly status: number;
  /** Status of each operation; 201 by default. */
  readonly statusOf?: (operation: Operation, place: number) => number;
}

const requests: { readonly operations: Operation[]; readonly url: string; readonly headers: IncomingHttpHeaders }[] =
  [];
let answers: Answer[] = [];
let endpoint = '';
let close: () => Promise<void>;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const lines = Buffer.concat(await request.toArray())
    .toString()
    .split('\n')
    .filter(Boolean);
  const actions = lines.filter((_, place) => place % 2 === 0);
  const operations = actions.map((action): Operation => {
    const { _id: id, version, _index: index } = JSON.parse(action).index;
    return [id, version, index];
  });
  requests.push({ operations, url: request.url ?? '', headers: request.headers });
  const { status, statusOf = () => 201 } = answers.shift() ?? { status: 200 };
  const items = operations.map((operation, place) => ({ index: { status: statusOf(operation, place) } }));
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
}

beforeEach(async () => {
  requests.length = 0;
  answers = [];
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});
afterEach(() => close());

const uploader = (bytesMax = 5_000_000) =>
  openOpenSearchUploader(openOpenSearchClient({ endpoint }), 'search', { bytesMax, pauses: { firstMs: 0, maxMs: 0 } });
const yubl = (id: string) => yublDocument(yublBy('ada', id), 'tree');
const user = (version: number, ...names: string[]): UserDocument => ({
  kind: 'user',
  id: 'ada',
  version,
  slots: 3,
  user: named('ada', ...names)(),
});
const ids = () => requests.map(({ operations }) => operations.map(([id]) => id));

describe('a bulk request to OpenSearch', () => {
  it('is one for all concurrent documents, and contains the newest version of each', async () => {
    const tell = uploader();
    await Promise.all([tell([yubl('1'), user(4, 'a')]), tell([user(5, 'b')]), tell([user(3, 'c')]), tell([yubl('2')])]);
    expect(requests.map(({ operations }) => operations)).toEqual([
      [
        ['1', 1, 'search-yubls'],
        ['ada:0', 5, 'search-users'],
        ['ada:1', 5, 'search-users'],
        ['ada:2', 5, 'search-users'],
        ['2', 1, 'search-yubls'],
      ],
    ]);
    // Otherwise OpenSearch would create missing indexes with guessed fields.
    expect(requests[0]?.url).toContain('require_alias=true');
  });

  it('asks nothing for a user who never had a name', async () => {
    await uploader()([{ kind: 'user', id: 'ada', version: 1, slots: 0 }]);
    expect(requests).toEqual([]);
  });

  it('is as long as it may be and no longer', async () => {
    await uploader(1000)(Array.from({ length: 9 }, (_, number) => yubl(`yubl-${number}`)));
    expect(ids().length).toBeGreaterThan(2);
    expect(
      ids()
        .flat()
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => `yubl-${n}`));
  });

  it('is sent again for those alone that were throttled; what is newer already is written', async () => {
    answers = [{ status: 200, statusOf: ([id]) => ({ '1': 429, '2': 503, '3': 409 })[id] ?? 201 }];
    await uploader()(['1', '2', '3', '4'].map(yubl));
    expect(ids()).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2'],
    ]);
  });

  it('is sent again as a whole when there was no answer to it', async () => {
    answers = [{ status: 503 }, { status: 429 }];
    await uploader()([yubl('1'), goneYubl('2')]);
    expect(ids()).toEqual([
      ['1', '2'],
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it('is cut in two when it is too large', async () => {
    answers = [{ status: 413 }];
    await uploader()(['1', '2', '3'].map(yubl));
    expect(ids().map((some) => some.length)).toEqual([3, 2, 1]);
  });

  it('fails for the document that is never taken, and for no other', async () => {
    answers = [{ status: 200, statusOf: ([id]) => (id === '1' ? 400 : 201) }];
    const tell = uploader();
    const [refused, taken] = await Promise.allSettled([tell([yubl('1')]), tell([yubl('2')])]);
    expect(refused.status === 'rejected' && isFigtreeError(refused.reason, 'INTERNAL')).toBe(true);
    expect(taken.status).toBe('fulfilled');
  });

  it.each([401, 404])('fails immediately as a storage failure, when it is answered %i', async (status) => {
    answers = [{ status }];
    const failure: unknown = await uploader()([yubl('secret')]).catch((error: unknown) => error);
    expect(isFigtreeError(failure, 'STORAGE_FAILED') && failure.retryable).toBe(true);
    expect(String(failure)).not.toContain('secret');
    expect(requests).toHaveLength(1);
  });

  it('fails when OpenSearch does for longer than it is worth waiting', async () => {
    answers = Array.from({ length: 20 }, () => ({ status: 503 }));
    await expect(uploader()([yubl('1')])).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    answers = [];
    await uploader()([yubl('1')]);
  });

  it.each(['es', 'aoss'] as const)('is signed for %s', async (service) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'known');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-to-be-seen');
    const client = openOpenSearchClient({ endpoint, signing: { region: 'eu-west-1', service } });
    await openOpenSearchUploader(client, 'search')([yubl('1')]);
    vi.unstubAllEnvs();
    expect(requests[0]?.headers.authorization).toMatch(
      new RegExp(`^AWS4-HMAC-SHA256 Credential=known/\\d{8}/eu-west-1/${service}/aws4_request,`),
    );
  });
});
