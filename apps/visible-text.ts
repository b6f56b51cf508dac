// Text that came from outside may hold characters that are not seen and all the same do something: a terminal obeys control
// characters, and what stands behind an override of direction is read in another order than it is written. Among them are
// also marks without width and tags, in which a second text can be hidden. What joins letters (ZWJ, ZWNJ) and the signs
// before Arabic numbers are format characters by their class and belong to ordinary writing.
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{e0000}-\u{e0fff}]--[\u{200c}-\u{200d}\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/v;
const UNSEEN_RUN = new RegExp(`${UNSEEN.source}+`, 'gv');
const BEYOND_ASCII = /[^\n -~]/;
const UNSEEN_IN_LINES = new RegExp(`[${UNSEEN.source}--\\n]`, 'gv');
const UNSEEN_IN_TEXT = new RegExp(`[${UNSEEN.source}--[\\n\\t]]`, 'gv');
// The colours that a terminal gives are sequences too: those alone stay.
const COLOUR_OR_UNSEEN = new RegExp(`\\u001b\\[[0-9;]*m|${UNSEEN_IN_TEXT.source}`, 'gv');

/** On one line and with nothing in it that is not seen: an escape sequence in a yubl must not recolour, retitle or rewrite
 *  the screen of the person who looks at it. */
export function printable(text: string): string {
  return text.replace(UNSEEN_RUN, (run) => (/^[\t\n\r]+$/.test(run) ? ' ' : '\ufffd'));
}

/** The same JSON text with every such character written as an escape: equal when it is parsed, and safe to look at. */
export function visibleJson(json: string): string {
  // Nearly all log lines are ASCII, and looking for that alone is ten times as fast.
  return BEYOND_ASCII.test(json) ? json.replace(UNSEEN_IN_LINES, escaped) : json;
}

/** What a command is about to write, in lines that may be coloured. The last resort, for what was not made printable. */
export function visibleLines(text: string, { coloured }: { readonly coloured: boolean }): string {
  if (!coloured) return text.replace(UNSEEN_IN_TEXT, '\ufffd');
  return text.replace(COLOUR_OR_UNSEEN, (found) => (found.startsWith('\u001b[') ? found : '\ufffd'));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
