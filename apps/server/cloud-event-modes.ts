import { FigtreeError, type Problem } from '../../events/errors.ts';
import type { Turn } from '../../producers/body-limits.ts';
import type { IncomingItem } from '../../producers/ingest.ts';
import {
  ITEM_BYTES_MAX,
  ITEM_VALUES_MAX,
  refusedUnparsed,
  tooLong,
  tooManyValues,
  valuesIn,
} from '../../producers/item-limits.ts';
import { bufferOf, trimmedInTurns } from '../../producers/scanning.ts';

// The three content modes of the HTTP binding for CloudEvents 1.0.2, section 3. Structured and batched events are
// ordinary bodies. In binary mode the body is only the data and the attributes are headers.

const JSON_DATA = /^application\/([a-z0-9.-]+\+)?json *(;|$)/i;
const NAMING = ['ce-specversion', 'ce-type', 'ce-id', 'ce-source'];

export type ContentMode = 'binary' | 'body';

/** How the request carries events. Throws CONTENT_TYPE_UNSUPPORTED for any other format than JSON, which could neither
 *  be read nor released later. A request without CloudEvents headers may have any content type. */
export function contentMode(headers: Headers): ContentMode {
  const contentType = headers.get('content-type') ?? '';
  const mediaType = (/^[^;]*/.exec(contentType)?.[0] ?? '').trim().toLowerCase();
  if (mediaType.startsWith('application/cloudevents')) {
    if (!/^application\/cloudevents(-batch)?\+json$/.test(mediaType)) throw unsupported(contentType);
    refuseCharset(contentType);
    return 'body';
  }
  if (!NAMING.some((name) => headers.has(name))) return 'body';
  if (contentType !== '' && !JSON_DATA.test(contentType)) throw unsupported(contentType);
  refuseCharset(contentType);
  return 'binary';
}

// RFC 8259, 8.1: JSON that is exchanged is UTF-8.
function refuseCharset(contentType: string): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType) ?? [];
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) throw unsupported(contentType);
}

function unsupported(contentType: string): FigtreeError {
  const message = `content-type ${contentType.slice(0, 100)} is not supported: events must be JSON in UTF-8`;
  return new FigtreeError('CONTENT_TYPE_UNSUPPORTED', message);
}

/** Converts an event in binary mode to structured JSON, or to an item that is refused because its data is too large or
 *  has too many values, without building the event. Data is kept byte by byte; if it is no JSON it becomes a string, so
 *  that the refused event is kept completely. Throws REQUEST_INVALID if an attribute is not UTF-8. */
export async function structuredEvent(headers: Headers, body: Uint8Array, turn: Turn): Promise<StructuredEvent> {
  const attributes: Record<string, string> = { datacontenttype: 'application/json' };
  for (const [header, value] of headers) {
    const [, name] = /^ce-([a-z0-9]+)$/.exec(header) ?? [];
    if (name === undefined || name === 'data' || name === 'datacontenttype') continue;
    attributes[name] = attributeText(header, value);
  }
  const head = JSON.stringify(attributes).slice(0, -1);
  const sent = await trimmedInTurns(bufferOf(body), turn);
  if (sent.length === 0) return { body: Buffer.from(`${head}}`) };
  const withData = (data: Uint8Array) => Buffer.concat([Buffer.from(`${head},"data":`), data, CLOSING]);
  const problem = sizeProblem(sent);
  if (problem !== undefined) return { refused: await refusedUnparsed(withData(sent), problem, turn) };
  const data = asJson(sent);
  await turn();
  return { body: withData(data) };
}

export type StructuredEvent = { readonly body: Uint8Array } | { readonly refused: IncomingItem };

const CLOSING = Buffer.from('}');

function sizeProblem(data: Buffer): Problem | undefined {
  if (data.length > ITEM_BYTES_MAX) return tooLong(data.length);
  return valuesIn(data) > ITEM_VALUES_MAX ? tooManyValues() : undefined;
}

function asJson(data: Buffer): Uint8Array {
  const text = data.toString();
  try {
    JSON.parse(text);
    return data;
  } catch {
    return Buffer.from(JSON.stringify(text));
  }
}

// 3.1.3.2: a quoted string is unquoted, followed by one round of percent-decoding; invalid UTF-8 is refused.
function attributeText(header: string, value: string): string {
  const [, quoted] = /^"(.*)"$/s.exec(value) ?? [];
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1');
  try {
    return text.replace(/(%[0-9a-f]{2})+/gi, decodeURIComponent);
  } catch {
    throw new FigtreeError('REQUEST_INVALID', `${header} is not percent-encoded UTF-8`);
  }
}
