// Text from outside may contain invisible characters that have an effect all the same: a terminal obeys control
// characters, and a direction override changes the order in which text is read. Zero-width marks and tags can hide a
// second text. Joiners (ZWJ, ZWNJ) and the signs before Arabic numbers are format characters too, but belong to
// ordinary writing and are kept.
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{e0000}-\u{e0fff}]--[\u{200c}-\u{200d}\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/v;
const UNSEEN_RUN = new RegExp(`${UNSEEN.source}+`, 'gv');
const BEYOND_ASCII = /[^\n -~]/;
const UNSEEN_IN_LINES = new RegExp(`[${UNSEEN.source}--\\n]`, 'gv');
const UNSEEN_IN_TEXT = new RegExp(`[${UNSEEN.source}--[\\n\\t]]`, 'gv');
// Colours of a terminal are escape sequences as well: only those are kept.
const COLOUR_OR_UNSEEN = new RegExp(`\\u001b\\[[0-9;]*m|${UNSEEN_IN_TEXT.source}`, 'gv');

/** On one line and without invisible characters: an escape sequence in a yubl must not recolour, retitle or rewrite the
 *  screen of the person who reads it. */
export function printable(text: string): string {
  return text.replace(UNSEEN_RUN, (run) => (/^[\t\n\r]+$/.test(run) ? ' ' : '\ufffd'));
}

/** The same JSON text with such characters escaped: equal when it is parsed, and safe to display. */
export function visibleJson(json: string): string {
  // Nearly all log lines are ASCII, and testing for that alone is ten times as fast.
  return BEYOND_ASCII.test(json) ? json.replace(UNSEEN_IN_LINES, escaped) : json;
}

/** The output of a command, in lines that may be coloured. The last line of defence, for text that was not made
 *  printable. */
export function visibleLines(text: string, { coloured }: { readonly coloured: boolean }): string {
  if (!coloured) return text.replace(UNSEEN_IN_TEXT, '\ufffd');
  return text.replace(COLOUR_OR_UNSEEN, (found) => (found.startsWith('\u001b[') ? found : '\ufffd'));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
