import * as z from 'zod';

export interface PublishKey {
  /** Appears in log lines, to identify a key without showing it. */
  readonly name: string;
  readonly key: string;
  /** The required prefix of the sources of its events; absent if any source is allowed. */
  readonly sourcePrefix?: string;
}

// A list with other separators than commas would be one long key that no publisher has.
const OTHER_SEPARATOR = /[;|\s]\s*[^\s,:;|]+:/;
const NAME = /^[^\p{C};|]{1,100}$/u;
// Valid header values (RFC 9110, 5.5): characters of Latin-1, and blanks only between them.
const CARRIED_BY_A_HEADER = /^[\x21-\x7e\xa1-\xff]([\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa1-\xff])?$/;

// Both may contain colons: the source begins at whatever looks like a URI or a path.
function keyAndSource(text: string): Pick<PublishKey, 'key' | 'sourcePrefix'> {
  const [, key = '', sourcePrefix = ''] = /^(.*?):((?:[a-z][a-z0-9+.-]*:|\/).*)$/i.exec(text) ?? [];
  return sourcePrefix === '' ? { key: text } : { key, sourcePrefix };
}

/** `name:key,name:key:source-prefix`. No message shows a key or a part of the list that may be one. */
export const publishKeyList = z.string().transform((text, context): PublishKey[] => {
  const keys: PublishKey[] = [];
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    const [name, rest] = [pair.slice(0, colon).trim(), pair.slice(colon + 1)];
    const { key, ...source } = keyAndSource(rest);
    if (colon < 1 || !NAME.test(name) || key.trim() === '' || OTHER_SEPARATOR.test(rest)) {
      const message = 'must be a comma-separated list of name:key or name:key:source-prefix';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    if (!CARRIED_BY_A_HEADER.test(key)) {
      const message = `has a key (${name}) that a header cannot carry: it has surrounding whitespace, control characters or letters outside Latin-1`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    keys.push({ name, key, ...source });
  }
  for (const [index, { name, key }] of keys.entries()) {
    const before = keys.slice(0, index);
    if (before.some((other) => other.name === name)) {
      context.addIssue({ code: 'custom', message: `names ${name} twice` });
    }
    // Log lines identify a publisher by the name of its key, so a key has only one name.
    const sharing = before.find((other) => other.key === key);
    if (sharing) context.addIssue({ code: 'custom', message: `assigns the same key to ${sharing.name} and ${name}` });
  }
  return keys;
});
