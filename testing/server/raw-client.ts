import { connect } from 'node:net';

export interface RawAnswer {
  /** 0 if the connection ended without a response. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** For tests: sends text as it is and resolves with the first final response once the connection has ended, so every
 *  request has to ask for that. */
export function openRawClient(url: string): (text: string) => Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return (text) =>
    new Promise((resolve, reject) => {
      let received = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text, 'latin1'));
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => (received += chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(answerOf(received.replace(/^HTTP\/1\.1 1\d\d[^]*?\r\n\r\n/, ''))));
    });
}

function answerOf(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: received.slice(end + 4),
  };
}
