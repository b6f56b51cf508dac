// Some carriers have room for few characters: a header for ASCII and no blanks around it, an attribute of SQS for no
// U+FFFE. What they have no room for is written as RFC 8187 says, so that it comes back as it was.
const ENCODED = /^utf-8'[^']*'/i;

/** The text if a header can carry it as it is, else percent-encoded behind `UTF-8''`. */
export function asciiText(text: string): string {
  return isPlain(text) ? text : encodedText(text);
}

export function encodedText(text: string): string {
  return `UTF-8''${encodeURIComponent(text.toWellFormed())}`;
}

/** The text itself, so that what is written by the rule above is read as it was. What only looks as if it were stays. */
export function textOfAscii(text: string): string {
  const [prefix] = ENCODED.exec(text) ?? [];
  if (prefix === undefined) return text;
  try {
    return decodeURIComponent(text.slice(prefix.length));
  } catch {
    return text;
  }
}

/** True if the text would be read as another one although it was not encoded. */
export function looksEncoded(text: string): boolean {
  return ENCODED.test(text);
}

function isPlain(text: string): boolean {
  return /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !looksEncoded(text);
}
