/** A catalog name as one part of a file or URL path, whatever it contains: it leads to no other folder, on any system,
 *  and different names have different parts. */
export function pathPart(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed());
  return encoded.replace(/[*'()!]|^\.+|\.+$/g, escaped) || '%';
}

function escaped(signs: string): string {
  return Array.from(signs, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).join('');
}
