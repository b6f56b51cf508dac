/** A name of the catalog as one part of a path or of a URL's path, whatever is in it: it leads to no other folder, on no
 *  system, and names that differ have parts that differ. */
export function pathPart(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed());
  return encoded.replace(/[*'()!]|^\.+|\.+$/g, escaped) || '%';
}

function escaped(signs: string): string {
  return Array.from(signs, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).join('');
}
