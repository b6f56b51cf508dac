import { readFileSync } from 'node:fs';
import type { Answered, Asked } from '../security/requests.ts';

interface Documented {
  readonly status: number;
  readonly retryable: boolean;
}

/** The rules of docs/errors.md for each code. */
const documented: ReadonlyMap<string, Documented> = new Map(
  [
    ...readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').matchAll(
      /^\| `([A-Z_]+)` \| (\d+) \| (yes|no) \|/gm,
    ),
  ].map(([, code = '', status, again]) => [code, { status: Number(status), retryable: again === 'yes' }]),
);

const FIELDS = new Set(['type', 'title', 'status', 'detail', 'code', 'retryable', 'errors', 'first', 'head']);
const STACK = /\n\s+at .+[:(]\d+|node_modules|node:internal/;

/** The violations of a response, whatever the request. Empty if there are none. */
export function faultsOf({ method }: Pick<Asked, 'method'>, { status, headers, text }: Answered): string[] {
  const faults: string[] = [];
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('no nosniff');
  if (headers['cache-control'] === undefined) faults.push('no cache-control');
  if (STACK.test(text)) faults.push('shows a stack');
  if (method === 'HEAD') return text === '' ? faults : [...faults, 'HEAD has a body'];
  if (status >= 200 && status < 300) return [...faults, ...faultsOfSuccess(status, text)];
  if (status === 304) return faults;
  return [...faults, ...faultsOfProblem(status, headers['content-type'], text)];
}

function faultsOfSuccess(status: number, text: string): string[] {
  if (status !== 202 || !text.includes('"problems"')) return [];
  const { problems } = JSON.parse(text) as { problems: { code: string }[] };
  return problems
    .filter(({ code }) => !documented.has(code) || code === 'INTERNAL')
    .map(({ code }) => `a problem ${code}`);
}

/** RFC 9457, with a code that is documented for this status. */
function faultsOfProblem(status: number, type: string | undefined, text: string): string[] {
  if (type !== 'application/problem+json') return [`${status} is ${type}`];
  const problem = JSON.parse(text) as Record<string, unknown>;
  const code = String(problem['code']);
  const known = documented.get(code);
  const faults: string[] = [];
  if (known === undefined) return [`the code ${code} is not documented`];
  // No input may lead there: 503 is for what is stopping or broken.
  if (status >= 500 && code !== 'NOT_CAUGHT_UP') faults.push(`${status} ${code}`);
  if (known.status !== status || problem['status'] !== status) faults.push(`${code} with ${status}`);
  if (known.retryable !== problem['retryable']) faults.push(`${code} retryable ${String(problem['retryable'])}`);
  if (problem['type'] !== `urn:figtree:problem:${code.toLowerCase().replaceAll('_', '-')}`) faults.push('another type');
  for (const name of ['title', 'detail']) if (typeof problem[name] !== 'string') faults.push(`no ${name}`);
  for (const name of Object.keys(problem)) if (!FIELDS.has(name)) faults.push(`a field ${name}`);
  return faults;
}

/** Throws with the request and the response, so that it can be repeated. */
export function requireSound(asked: Asked, answered: Answered): void {
  const faults = faultsOf(asked, answered);
  if (faults.length > 0) throw new Error(`${faults.join(', ')}: ${toldOf(asked)}\n${answered.text.slice(0, 500)}`);
}

function toldOf({ method, path, headers, body }: Asked): string {
  const sent = body === undefined ? '' : `, body ${Buffer.from(body).toString('base64')} (base64)`;
  return `${method} ${path} ${JSON.stringify(headers)}${sent}`;
}
