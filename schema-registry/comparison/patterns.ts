/** The text of a pattern in a canonical form: its source, and where flags decide what it matches, `/source/flags`. No
 *  source begins with a slash that is not escaped, so the two are never taken for each other. */
export function patternText(source: string, flags = ''): string {
  const deciding = decidingFlags(flags);
  return deciding === '' ? source : `/${source}/${deciding}`;
}

/** What of the flags decides whether a text matches: not `g` and `d`. Sorted, as a RegExp tells them. */
export function decidingFlags(flags: string): string {
  return [...flags].filter((flag) => flag !== 'g' && flag !== 'd').join('');
}

export function regexOf(text: string): RegExp {
  const [, source = text, flags = ''] = /^\/([\s\S]*)\/([a-z]+)$/.exec(text) ?? [];
  return new RegExp(source, flags);
}
