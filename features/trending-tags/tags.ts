const TAGS_PER_YUBL_MAX = 30;

/** The hashtags of a text, each once, without `#` and in lower case: letters, digits and underscores, one letter at
 *  least and 64 UTF-16 units at most. Those after the thirtieth are not counted. */
export function tagsIn(text: string): string[] {
  // As in most texts.
  if (!text.includes('#')) return [];
  const found = [...text.normalize('NFC').matchAll(/(?<![\p{L}\p{M}\p{N}_&/])#([\p{L}\p{M}\p{N}_]+)/gu)];
  const tags = found.map(([, tag = '']) => tag.toLowerCase());
  const proper = tags.filter((tag) => /\p{L}/u.test(tag) && tag.length <= 64);
  return [...new Set(proper)].slice(0, TAGS_PER_YUBL_MAX);
}
