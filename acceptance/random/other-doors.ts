import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { noTotals, takeIn } from '../../apps/cli/import-run.ts';
import { openImportSource } from '../../apps/import-source.ts';
import { authorizer } from '../../apps/aws/http/authorizing.ts';
import { parseAwsSettings } from '../../apps/aws/settings.ts';
import { defined } from '../../events/defined.ts';
import { errorCatalogue, isFigtreeError } from '../../events/errors.ts';
import { type Asked, joinedHeaders } from '../security/requests.ts';
import { eventOf, type FunctionName, installation, openFunctions, unreachable } from '../security/unreachable-aws.ts';
import { commandEnvironment } from '../../testing/cli/cli-process.ts';
import { faultsOf } from './answer-rules.ts';
import { door, type Door } from './door.ts';
import { hostileText, hostileValue, IDS, mutated, mutation } from './hostile-values.ts';
import { publishedBody } from './random-bodies.ts';
import { randomRequests } from './random-requests.ts';

const functions = openFunctions(unreachable(installation));
const authorize = authorizer(parseAwsSettings(installation).auth);

interface Invocation {
  readonly name: FunctionName;
  readonly asked: Asked;
  readonly context: unknown;
  readonly base64: boolean;
}

const lambda = door<Invocation>({
  name: 'functions',
  share: 1800,
  together: 16,
  inputs: ({ routes }) =>
    fc.record({
      name: fc.constantFrom(...(Object.keys(functions) as FunctionName[])),
      asked: randomRequests(routes.filter(({ path }) => /^\/(events$|legacy|feeds|yubls|users|search)/.test(path))),
      context: fc.oneof(fc.constant({ lambda: { userId: IDS[0], scopes: 'admin' } }), hostileValue),
      base64: fc.boolean(),
    }),
  async enter({ name, asked, context, base64 }) {
    const { method, path, body } = asked;
    const headers = joinedHeaders(asked.headers);
    const text = body === undefined ? undefined : Buffer.from(body).toString(base64 ? 'base64' : 'utf8');
    const sent = { method, path, headers, context };
    const event = { ...eventOf({ ...sent, ...defined({ body: text }) }), isBase64Encoded: base64 };
    const { statusCode: status, headers: given, body: answer } = await functions[name](event);
    // Nothing is behind these functions: 503 is the response of those that try to reach it.
    const faults = faultsOf(asked, { status, headers: given ?? {}, text: answer });
    const left = faults.filter((fault) => fault !== '503 STORAGE_FAILED' && !(method === 'HEAD' && status >= 400));
    if (left.length > 0) throw new Error(`${left.join(', ')}: ${name} ${JSON.stringify(event)}`);
    const answered = await authorize({ version: '2.0', headers });
    if ('isAuthorized' in answered && answered.isAuthorized) throw new Error(`authorized ${JSON.stringify(headers)}`);
  },
});

// These operations would really act on existing objects, which is their purpose.
const OPERATIONS = ['status', 'swap', 'rollback', 'trim', 'resumeProjection', 'redriveParked', 'discardParked'];
const asked = {
  projections: ['feed'],
  projection: 'feed',
  files: { feed: 'feed.db' },
  position: 1,
  key: 'x',
  archive: 'x',
};

const controlSocket = door<string>({
  name: 'control socket',
  share: 400,
  together: 4,
  inputs: () =>
    fc.oneof(
      fc
        .tuple(
          fc.oneof(fc.constantFrom(...OPERATIONS), hostileText),
          fc.array(mutation, { minLength: 1, maxLength: 4 }),
        )
        .map(([operation, changes]) =>
          JSON.stringify({ operation, argument: changes.reduce<unknown>(mutated, asked) ?? null }),
        ),
      hostileValue.map((value) => JSON.stringify(value)),
      hostileText,
    ),
  async enter(sent, { folder }) {
    const line = sent.replaceAll(/[\r\n]/g, ' ');
    const answer = await answerOf(join(folder, 'control.sock'), line);
    const { result, error } = JSON.parse(answer) as { result?: unknown; error?: { message: unknown; code?: string } };
    const refused = typeof error?.message === 'string' && (error.code === undefined || error.code in errorCatalogue);
    if (result === undefined && !refused) throw new Error(`${answer} to ${line}`);
  },
});

/** The socket's complete response to one line. */
export function answerOf(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path, () => socket.write(`${line}\n`));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${line}`)));
    socket.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.endsWith('\n')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

interface ImportedFile {
  readonly bytes: Uint8Array;
  readonly packing: 'plain' | 'gzip' | 'damaged' | 'cut';
  readonly as: 'events' | 'legacy' | undefined;
}

let files = 0;

const importedFiles = door<ImportedFile>({
  name: 'imported files',
  share: 188,
  together: 2,
  inputs: () =>
    fc.record({
      bytes: fc
        .array(publishedBody, { maxLength: 8 })
        .map((all) => Buffer.concat(all.flatMap((one) => [one, NEW_LINE]))),
      packing: fc.constantFrom('plain', 'plain', 'gzip', 'damaged', 'cut'),
      as: fc.constantFrom('events', 'legacy', undefined),
    }),
  async enter({ bytes, packing, as }, { folder, engine }) {
    files += 1;
    const path = join(folder, `import-${files}`);
    writeFileSync(path, packed(bytes, packing));
    const totals = noTotals();
    try {
      const source = await openImportSource(path);
      await takeIn({ source, ingest: engine.ingest, door: as, signal: new AbortController().signal, totals });
    } catch (error) {
      // Only a file that cannot be unpacked, or is entirely in another encoding, may end an import.
      const isReadable = packing === 'plain' && !isUtf16Or32(bytes);
      if (isReadable || !isFigtreeError(error, 'FILE_UNREADABLE')) throw error;
    } finally {
      rmSync(path);
    }
    const { read, accepted, duplicates, quarantined, ignored } = totals;
    if (read !== accepted + duplicates + quarantined + ignored) throw new Error(JSON.stringify(totals));
    for (const { problem } of totals.problems.values()) {
      if (!(problem.code in errorCatalogue) || problem.code === 'INTERNAL') throw new Error(JSON.stringify(problem));
    }
  },
});

/** Begins with a UTF-16 mark, or with half of an ASCII character of it. */
function isUtf16Or32(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  return start === 'fffe' || start === 'feff' || start.startsWith('00') || start.endsWith('00');
}

const NEW_LINE = Buffer.from('\n');

function packed(bytes: Uint8Array, packing: ImportedFile['packing']): Uint8Array {
  if (packing === 'plain') return bytes;
  const zipped = gzipSync(bytes);
  if (packing === 'cut') return zipped.subarray(0, Math.max(3, zipped.length - 5));
  if (packing === 'damaged') zipped[zipped.length >> 1] = (zipped[zipped.length >> 1] ?? 0) ^ 255;
  return zipped;
}

// Without those that serve or follow forever, and those that write to the registry of this checkout.
const WORDS = [
  'status trace quarantine list show release parked redrive discard rebuild feed all import events archive verify restore',
  'erase explain parity schema check diff read search aws --json --help --version --as --limit --limit=0 --until --rate -1',
  '--from --dry-run --no-wait --yes --all -- - --nothing 1 0 x 999999999999999999999999999999',
].flatMap((line) => line.split(' '));

const aWord = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  // No word is a path to elsewhere, and none contains a NUL, with which no process can be started.
  { weight: 1, arbitrary: hostileText.map((text) => text.replaceAll(/[/\\\0.]/g, '').toWellFormed()) },
);

const commandLines = door<readonly string[]>({
  name: 'command lines',
  share: 12,
  together: 2,
  inputs: () => fc.array(aWord, { maxLength: 6 }),
  async enter(words, { folder }) {
    if (words.includes('-')) return;
    const cwd = join(folder, 'elsewhere');
    mkdirSync(cwd, { recursive: true });
    const { code, stderr } = await run(words, cwd);
    const told = `figtree ${JSON.stringify(words)} ended with ${code}: ${stderr}`;
    if (code !== 0 && code !== 1 && code !== 2) throw new Error(told);
    if (/\n\s+at .+:\d+|INTERNAL/.test(stderr)) throw new Error(told);
    const named = /^([A-Z][A-Z_]+): /m.exec(stderr)?.[1];
    if (code !== 0 && (named === undefined || !(named in errorCatalogue))) throw new Error(told);
  },
});

const MAIN = fileURLToPath(new URL('../../apps/cli/main.ts', import.meta.url));
const COMMAND_MS = 60_000;

async function run(words: readonly string[], cwd: string): Promise<{ code: number | null; stderr: string }> {
  const env = { ...commandEnvironment, FIGTREE_DATA: join(cwd, 'data'), NO_COLOR: '1' };
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  clearTimeout(timer);
  return { code, stderr };
}

export const otherDoors: readonly Door[] = [lambda, controlSocket, importedFiles, commandLines];
