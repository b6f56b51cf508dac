import { FigtreeError } from '../../events/errors.ts';

// The three content modes of the HTTP binding for CloudEvents 1.0.2, section 3. Structured and batched events are what a
// body is anyway. In binary mode the body is the data alone and the attributes are headers.

const JSON_DATA = /^application\/([a-z0-9.-]+\+)?json *(;|$)/i;
const NAMING = ['ce-specversion', 'ce-type', 'ce-id', 'ce-source'];

export type ContentMode = 'binary' | 'body';

/** How the request carries events. CONTENT_TYPE_UNSUPPORTED if it carries them in another format than JSON, which nothing
 *  here could read or release later. A request that says nothing of CloudEvents may have any content type. */
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
  const message = `Events are JSON in UTF-8: content-type ${contentType.slice(0, 100)} is not supported`;
  return new FigtreeError('CONTENT_TYPE_UNSUPPORTED', message);
}

/** An event in binary mode as the same event in structured JSON. Its data stays as it was written, byte by byte; what is not
 *  JSON becomes a string, so that the refused event is kept with all of it. REQUEST_INVALID if an attribute is not UTF-8. */
export function structuredBody(headers: Headers, body: Uint8Array): Uint8Array {
  const attributes: Record<string, string> = { datacontenttype: 'application/json' };
  for (const [header, value] of headers) {
    const [, name] = /^ce-([a-z0-9]+)$/.exec(header) ?? [];
    if (name === undefined || name === 'data' || name === 'datacontenttype') continue;
    attributes[name] = attributeText(header, value);
  }
  const head = JSON.stringify(attributes).slice(0, -1);
  const data = dataOf(body);
  return data === undefined ? Buffer.from(`${head}}`) : Buffer.concat([Buffer.from(`${head},"data":`), data, CLOSING]);
}

const CLOSING = Buffer.from('}');

function dataOf(body: Uint8Array): Uint8Array | undefined {
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return undefined;
  try {
    JSON.parse(text);
    return bytes;
  } catch {
    return Buffer.from(JSON.stringify(text));
  }
}

// 3.1.3.2: a quoted string is unquoted, then there is one round of percent-decoding; bytes that are not UTF-8 are refused.
function attributeText(header: string, value: string): string {
  const [, quoted] = /^"(.*)"$/s.exec(value) ?? [];
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1');
  try {
    return text.replace(/(%[0-9a-f]{2})+/gi, decodeURIComponent);
  } catch {
    throw new FigtreeError('REQUEST_INVALID', `${header} is not percent-encoded UTF-8`);
  }
}
