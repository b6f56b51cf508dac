import { defined } from '../../events/defined.ts';
/** One command of a document's ```sh blocks. */
export interface Example {
  readonly command: string;
  /** The expected output, from the lines with `#>` below it. Absent if there are none. */
  readonly answer?: string;
}

/** The commands of all ```sh blocks, in order. A command continues on the next line while a quote is open; a remark
 *  follows two spaces and a #. Lines that begin with `#>` are its output. */
export function examplesOf(document: string): Example[] {
  const blocks = [...document.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => {
    const examples: { command: string; answer?: string }[] = [];
    let open = false;
    for (const line of block.split('\n')) {
      const last = examples.at(-1);
      if (open && last !== undefined) last.command += `\n${line}`;
      else if (line.startsWith('#>') && last !== undefined)
        last.answer = addLine(last.answer, line.replace(/^#> ?/, ''));
      else if (line.trim() !== '') examples.push({ command: line.replace(/ {2,}# .*/, '') });
      open = ((examples.at(-1)?.command ?? '').split("'").length - 1) % 2 === 1;
    }
    return examples;
  });
}

function addLine(text: string | undefined, line: string): string {
  return text === undefined ? line : `${text}\n${line}`;
}

/** Returns what curl would print, without curl, which not every machine has. Supports the options -s, -N, -X, -H and
 *  -d. Reads as many lines of an event stream as `expected` has. */
export async function answerOf(
  command: string,
  address: { readonly from: string; readonly to: string },
  expected = '',
): Promise<string> {
  const { url, method, headers, body } = readCurl(command);
  if (!url.startsWith(address.from)) throw new Error(`${command} asks somebody else than ${address.from}`);
  const end = new AbortController();
  const response = await fetch(address.to + url.slice(address.from.length), {
    headers,
    signal: end.signal,
    ...defined({ method, body }),
  });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text();
  const lines = expected.split('\n').length;
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.split('\n').length > lines) break;
  }
  end.abort();
  return text.split('\n').slice(0, lines).join('\n');
}

interface Curl {
  readonly url: string;
  /** Undefined: GET. */
  readonly method: string | undefined;
  readonly headers: [string, string][];
  readonly body?: string;
}

function readCurl(command: string): Curl {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const headers: [string, string][] = [];
  let url: string | undefined;
  let method: string | undefined;
  let body: string | undefined;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^-[sN]+$/.test(word)) continue;
    if (word === '-d') body = words[(at += 1)] ?? '';
    else if (word === '-X') method = words[(at += 1)];
    else if (word === '-H') {
      const [name = '', value = ''] = (words[(at += 1)] ?? '').split(': ');
      headers.push([name, value]);
    } else if (word.startsWith('-') || url !== undefined) throw new Error(`${command}: ${word} is not understood`);
    else url = word;
  }
  if (url === undefined) throw new Error(`${command} names no address`);
  return {
    url,
    method: body === undefined ? method : (method ?? 'POST'),
    headers,
    ...defined({ body }),
  };
}

/** Whether an output differs from the document's. JSON is compared by content; `…` in the document matches anything: as
 *  a whole string any value, within a string any characters, as a key of an object any further fields. */
export function differs(actual: string, shown: string): boolean {
  try {
    return !matches(JSON.parse(actual), JSON.parse(shown));
  } catch {
    return !matches(actual.trimEnd(), shown.trimEnd());
  }
}

function matches(actual: unknown, shown: unknown): boolean {
  if (typeof shown === 'string') return typeof actual === 'string' ? isLike(actual, shown) : shown === '…';
  if (typeof shown !== 'object' || shown === null || typeof actual !== 'object' || actual === null)
    return actual === shown;
  if (Array.isArray(shown) !== Array.isArray(actual)) return false;
  const shownEntries = Object.entries(shown).filter(([name]) => name !== '…');
  return (
    (Object.hasOwn(shown, '…') || Object.keys(actual).length === shownEntries.length) &&
    shownEntries.every(([name, value]) => Object.hasOwn(actual, name) && matches(Reflect.get(actual, name), value))
  );
}

function isLike(actual: string, shown: string): boolean {
  const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`).test(actual);
}
