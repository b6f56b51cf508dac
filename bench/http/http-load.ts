import { connect, type Socket } from 'node:net';

/** Load over a number of kept-alive connections, each with one request in flight. Written on sockets, because a client
 *  that costs as much as the server would halve what two cores can show. */
export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly ms: number;
  /** The next request, complete: head and body. */
  readonly next: () => Request;
}

export interface Request {
  readonly text: string;
  /** Throws if the response is not the expected one. */
  readonly check: (status: number, body: Buffer) => void;
}

export interface Load {
  readonly answers: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
}

/** Sends for `ms`, then waits for requests in flight. Rejects on the first wrong response. */
export async function loadHttp(options: LoadOptions): Promise<Load> {
  const start = performance.now();
  const latenciesMs: number[] = [];
  const lanes = Array.from({ length: options.connections }, () => lane(options, start + options.ms, latenciesMs));
  await Promise.all(lanes);
  return { answers: latenciesMs.length, seconds: (performance.now() - start) / 1000, latenciesMs };
}

function lane({ port, next }: LoadOptions, until: number, latenciesMs: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let request: Request;
    let sent = 0;
    const send = () => {
      request = next();
      sent = performance.now();
      socket.write(request.text);
    };
    readAnswers(socket, (status, body) => {
      const now = performance.now();
      latenciesMs.push(now - sent);
      request.check(status, body);
      if (now < until) send();
      else socket.end(resolve);
    });
    socket.once('connect', send);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');

function readAnswers(socket: Socket, answered: (status: number, body: Buffer) => void): void {
  let received: Buffer = Buffer.alloc(0);
  let needed = 0;
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (received.length < needed) return;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    needed = headEnd + HEAD_END.length + Number(length);
    try {
      if (length === undefined) throw new Error(`an answer without its length: ${head}`);
      if (received.length < needed) return;
      const body = received.subarray(headEnd + HEAD_END.length, needed);
      received = received.subarray(needed);
      needed = 0;
      answered(Number(head.slice(9, 12)), body);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}

export function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
}

export function postRequest(path: string, body: string): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}
