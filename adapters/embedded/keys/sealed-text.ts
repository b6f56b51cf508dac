import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';

// A sealed text is SEALED and, in base64url, the nonce, the AES-256-GCM ciphertext of the text as JSON, and the tag. As
// JSON, because a text may contain lone surrogates, which UTF-8 cannot encode. Its place is bound to it as additional
// authenticated data: it unseals nowhere else.
const SEALED = 'figtree-sealed:2:';
/** As sealed by earlier releases: bound to no place. */
const SEALED_ANYWHERE = 'figtree-sealed:1:';
/** Precedes a plain text that begins like a sealed one, so that no sender can forge one. */
export const NOT_SEALED = 'figtree-sealed:0:';
/** The common prefix of both. */
export const SEAL_PREFIX = 'figtree-sealed:';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

// One call for many nonces: each call costs as much as a thousand nonces.
const nonces = Buffer.alloc(NONCE_BYTES * 1024);
let nextNonce = nonces.length;

function freshNonce(): Buffer {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  nextNonce += NONCE_BYTES;
  return nonces.subarray(nextNonce - NONCE_BYTES, nextNonce);
}

/** As a key object: a cipher that is given bytes creates one each time, which takes four times as long. */
export function keyOf(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}

/** Whether a stored text is sealed. */
export function isSealed(text: string): boolean {
  return text.startsWith(SEALED) || text.startsWith(SEALED_ANYWHERE);
}

/** `place` identifies where the text belongs, by text that is the same when it is unsealed. The key binds the
 *  person. */
export function sealText(key: KeyObject, text: string, place: string): string {
  const nonce = freshNonce();
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bytesOf(place));
  const sealed = cipher.update(JSON.stringify(text), 'utf8');
  cipher.final();
  return SEALED + Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Undefined if it was not sealed with this key for this place. */
export function openText(key: KeyObject, sealed: string, place: string): string | undefined {
  const bytes = Buffer.from(sealed.slice(SEALED.length), 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    if (sealed.startsWith(SEALED)) decipher.setAAD(bytesOf(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    decipher.final();
    return JSON.parse(opened.toString('utf8')) as string;
  } catch {
    return undefined;
  }
}

const places = new Map<string, Buffer>();

// There are as many places as personal fields in the catalog, and millions of texts.
function bytesOf(place: string): Buffer {
  let bytes = places.get(place);
  if (bytes === undefined) places.set(place, (bytes = Buffer.from(place)));
  return bytes;
}
