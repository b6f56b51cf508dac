/** The text without byte order marks around it: files that begin with one are joined by `cat`, line by line or member of gzip
 *  by member, and then they stand in front of any line. RFC 8259 lets a parser pass over them; JSON.parse does not. */
export function withoutByteOrderMarks(text: string): string {
  if (!text.startsWith(MARK) && !text.endsWith(MARK)) return text;
  return text.replace(/^\ufeff+|\ufeff+$/g, '');
}

const MARK = '\ufeff';
