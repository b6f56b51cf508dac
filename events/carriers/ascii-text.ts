// Some carriers allow few characters: a header only ASCII without surrounding spaces, an SQS attribute no U+FFFE. Other
// characters are encoded by RFC 8187, so that the text survives a round trip.
const ENCODED = /^utf-8'[^']*'/i;

/** Returns the text if a header can carry it, else percent-encoded after `UTF-8''`. */
export function asciiText(text: string): string {
  return isPlain(text) ? text : encodedText(text);
}

export function encodedText(text: string): string {
  return `UTF-8''${encodeURIComponent(text.toWellFormed())}`;
}

/** Decodes text written by the rule above. Text that only looks encoded stays as it is. */
export function textOfAscii(text: string): string {
  const [prefix] = ENCODED.exec(text) ?? [];
  if (prefix === undefined) return text;
  try {
    return decodeURIComponent(text.slice(prefix.length));
  } catch {
    return text;
  }
}

/** True if the text would be decoded to something else although it was not encoded. */
export function looksEncoded(text: string): boolean {
  return ENCODED.test(text);
}

function isPlain(text: string): boolean {
  return /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !looksEncoded(text);
}
