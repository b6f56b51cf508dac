/** The text of a pattern in a canonical form: its source, or `/source/flags` if flags affect what it matches. No source
 *  begins with an unescaped slash, so the two are never confused. */
export function patternText(source: string, flags = ''): string {
  const deciding = decidingFlags(flags);
  return deciding === '' ? source : `/${source}/${deciding}`;
}

/** The flags that affect whether a text matches: all but `g` and `d`. Sorted, as in a RegExp. */
export function decidingFlags(flags: string): string {
  return [...flags].filter((flag) => flag !== 'g' && flag !== 'd').join('');
}

export function regexOf(text: string): RegExp {
  const [, source = text, flags = ''] = /^\/([\s\S]*)\/([a-z]+)$/.exec(text) ?? [];
  return new RegExp(source, flags);
}
