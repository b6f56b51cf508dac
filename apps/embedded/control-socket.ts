import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { FigtreeError } from '../../events/errors.ts';
import type { Operations } from '../../engine/operations.ts';
import { receivedError, type ToldError, toldError } from '../threads/sent-errors.ts';

// How commands reach the process that holds the data folder: a socket that only the folder's owner can open. A request is a
// line of JSON, { operation, argument }; its answer another one, { result } or { error }.

/** Serves until it is closed; requests made before that are still answered. */
export async function openControlSocket(folder: string, operations: Operations): Promise<{ close(): Promise<void> }> {
  const path = socketPath(folder);
  const sockets = new Set<Socket>();
  const answering = new Set<Promise<void>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    linesOf(socket, (line) => {
      const answered = answerTo(operations, line).then((answer) => void socket.write(`${JSON.stringify(answer)}\n`));
      answering.add(answered);
      void answered.finally(() => answering.delete(answered));
    });
  });
  // Only the holder of the folder serves it, so an existing socket was left by a process that was killed.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  await listenPrivately(server, path);
  // Serving requests does not keep the process alive.
  server.unref();
  return {
    async close() {
      await Promise.all(answering);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

/** Creates the socket with its final permissions: between creation and a later chmod, others could connect. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('listening', () => resolve());
  });
  // A thread cannot change the umask of its process.
  const before = isMainThread ? process.umask(0o177) : undefined;
  try {
    server.listen(path);
  } finally {
    if (before !== undefined) process.umask(before);
  }
  await listening;
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

interface Request {
  readonly operation: string;
  readonly argument?: unknown;
}

type Answer = { readonly result: unknown } | { readonly error: ToldError };

async function answerTo(operations: Operations, line: string): Promise<Answer> {
  try {
    const { operation, argument } = JSON.parse(line) as Request;
    const known = Object.hasOwn(operations, operation) ? operations[operation as keyof Operations] : undefined;
    if (known === undefined) throw new FigtreeError('NOT_FOUND', `There is no operation ${operation}`);
    return { result: (await (known as (argument: unknown) => unknown)(argument)) ?? null };
  } catch (error) {
    return { error: toldError(error) };
  }
}

/** The operations of the process that holds the folder. Undefined if no process answers: it is starting or stopping. Each
 *  operation rejects with the error of the holder. */
export async function connectToHolder(
  folder: string,
): Promise<{ readonly operations: Operations; close(): void } | undefined> {
  const socket = connect(socketPath(folder));
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  if (!connected) return undefined;
  const waiting: { resolve: (result: unknown) => void; reject: (error: unknown) => void }[] = [];
  const end = () =>
    waiting
      .splice(0)
      .forEach(({ reject }) => reject(new FigtreeError('SHUTTING_DOWN', `the process that holds ${folder} has ended`)));
  socket.on('error', end).on('close', end);
  // The answers of a connection come in the order of its requests, because each request waits for the previous answer.
  linesOf(socket, (line) => {
    const answer = JSON.parse(line) as Answer;
    const asked = waiting.shift();
    if ('result' in answer) asked?.resolve(answer.result);
    else asked?.reject(receivedError({ code: 'INTERNAL', ...answer.error }));
  });
  let last: Promise<unknown> = Promise.resolve();
  function ask(operation: string, argument: unknown): Promise<unknown> {
    const asked = last.then(
      () =>
        new Promise((resolve, reject) => {
          waiting.push({ resolve, reject });
          if (socket.destroyed) return end();
          socket.write(`${JSON.stringify({ operation, argument })}\n`);
        }),
    );
    last = asked.catch(() => {});
    return asked;
  }
  const operations = new Proxy({} as Operations, {
    get: (_target, operation) => (argument: unknown) => ask(String(operation), argument),
  });
  return { operations, close: () => socket.destroy() };
}

// Lines end with a line feed only. JSON may contain U+2028 and U+2029, which readline takes for line ends.
function linesOf(socket: Socket, listener: (line: string) => void): void {
  let begun: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => {
    const [end = '', ...more] = text.split('\n');
    begun.push(end);
    for (const next of more) {
      listener(begun.join(''));
      begun = [next];
    }
  });
}

// The maximum length of a socket's path, on the systems that allow least.
const PATH_BYTES_MAX = 100;

function socketPath(folder: string): string {
  const real = realpathSync(folder);
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\figtree-${name}`;
  const inFolder = join(real, 'control.sock');
  if (Buffer.byteLength(inFolder) <= PATH_BYTES_MAX) return inFolder;
  return join(ownTemporaryFolder(), `${name}.sock`);
}

/** Another user may have created a folder of this name, to serve there in our place: DATA_EXPOSED unless it is ours alone. */
function ownTemporaryFolder(): string {
  const { uid } = userInfo();
  const path = join(tmpdir(), `figtree-${uid}`);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stats = lstatSync(path);
  if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0) return path;
  const remedy =
    'remove it, set TMPDIR to another temporary folder, or set FIGTREE_DATA to a data folder with a shorter path';
  throw new FigtreeError(
    'DATA_EXPOSED',
    `${path}, the folder of the control socket, is open to another user: ${remedy}`,
    {
      path,
    },
  );
}
