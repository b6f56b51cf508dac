import { html } from 'hono/html';
import type { CatalogEvent, CatalogLineage } from '../../schema-registry/documents/catalog-model.ts';
import type { Html } from './page.ts';

// An event's producers and consumers, as SVG. Drawn twice: from left to right, and for narrow screens from top to
// bottom, where a scaled-down picture would be unreadable. The style sheet shows one of them.

/** A labelled rectangle with a second line of text. */
interface Box {
  readonly name: string;
  readonly note: string;
  readonly kind: 'producer' | 'event' | 'consumer' | 'nobody';
}

interface Placed extends Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface Picture {
  readonly boxes: readonly Placed[];
  /** SVG paths; each ends in an arrow head. */
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
}

const BOX_HEIGHT = 54;
const GAP = 14;
const PADDING = 16;
/** For the widest common monospaced font at 14 px. */
const CHARACTER_WIDTH = 8.6;
const NOTE_CHARACTER_WIDTH = 7;

export function lineagePictures(event: CatalogEvent, lineage: CatalogLineage): Html {
  const words = describe(event, lineage);
  const columns = boxesOf(event, lineage);
  return html`${draw(wide(columns), 'wide', words)}${draw(tall(columns), 'tall', words)}`;
}

function describe({ type }: CatalogEvent, { producers, consumers }: CatalogLineage): string {
  const names = (list: readonly string[]) => (list.length === 0 ? 'nobody in this code base' : list.join(', '));
  return `${names(producers.map(({ name }) => name))} publishes ${type}; ${names(consumers.map(({ consumer }) => consumer))} reads it`;
}

interface Columns {
  readonly producers: readonly Box[];
  readonly event: Box;
  readonly consumers: readonly Box[];
}

function boxesOf({ type, current }: CatalogEvent, { producers, consumers }: CatalogLineage): Columns {
  const nobody = (note: string): Box[] => [{ name: 'nobody', note, kind: 'nobody' }];
  const publishing = producers.map(({ name, from }): Box => ({ name, note: from, kind: 'producer' }));
  const reading = consumers.map((found): Box => {
    const { consumer, projection, fields } = found;
    return { name: consumer, note: `${projection}, ${count(fields.length)}`, kind: 'consumer' };
  });
  return {
    producers: publishing.length > 0 ? publishing : nobody('publishes it here'),
    event: { name: type, note: `version ${current.version}`, kind: 'event' },
    consumers: reading.length > 0 ? reading : nobody('reads it here'),
  };
}

function count(fields: number): string {
  return fields === 1 ? 'reads 1 field' : `reads ${fields} fields`;
}

/** As wide as its place on a large screen, if the arrows can be stretched that far. */
const WIDE_WIDTH = 880;
const ARROW_MIN = 56;
const ARROW_MAX = 150;

function wide({ producers, event, consumers }: Columns): Picture {
  const height = Math.max(columnHeight(producers), columnHeight(consumers));
  const column = (boxes: readonly Box[], x: number): Placed[] => {
    const width = Math.max(...boxes.map(widthOf));
    const top = 1 + (height - columnHeight(boxes)) / 2;
    return boxes.map((box, index) => ({ ...box, x, y: top + index * (BOX_HEIGHT + GAP), width }));
  };
  const widest = [producers, [event], consumers].map((boxes) => Math.max(...boxes.map(widthOf)));
  const free = WIDE_WIDTH - widest.reduce((sum, width) => sum + width, 0);
  const arrow = Math.min(ARROW_MAX, Math.max(ARROW_MIN, free / 2));
  const left = column(producers, 1);
  const middle = column([event], right(left) + arrow);
  const end = column(consumers, right(middle) + arrow);
  const [hub] = middle;
  const lines = hub === undefined ? [] : [...left.map((box) => curve(box, hub)), ...end.map((box) => curve(hub, box))];
  return { boxes: [...left, ...middle, ...end], lines, width: right(end) + 1, height: height + 2 };
}

function columnHeight(boxes: readonly Box[]): number {
  return boxes.length * (BOX_HEIGHT + GAP) - GAP;
}

function right(boxes: readonly Placed[]): number {
  return Math.max(...boxes.map(({ x, width }) => x + width));
}

function widthOf({ name, note }: Box): number {
  return Math.ceil(Math.max(name.length * CHARACTER_WIDTH, note.length * NOTE_CHARACTER_WIDTH)) + 2 * PADDING;
}

function curve(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + from.width, from.y + BOX_HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + BOX_HEIGHT / 2];
  const bend = (x1 + x2) / 2;
  return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2 - 2} ${y2}m-7 -5l7 5l-7 5`;
}

const INDENT = 36;
const RAIL = 14;
const TALL_WIDTH = 320;

function tall({ producers, event, consumers }: Columns): Picture {
  const step = BOX_HEIGHT + GAP;
  const row = (box: Box, index: number): Placed => {
    const x = box.kind === 'event' ? 1 : INDENT;
    return { ...box, x, y: 1 + index * step, width: width - x - 1 };
  };
  const all = [...producers, event, ...consumers];
  const width = Math.max(TALL_WIDTH, ...all.map((box) => widthOf(box) + INDENT));
  const boxes = all.map(row);
  const hub = 1 + producers.length * step;
  const middle = (index: number) => 1 + index * step + BOX_HEIGHT / 2;
  const into = producers.map((_, index) => `M${INDENT} ${middle(index)}H${RAIL}V${hub - 2}m-5 -7l5 7l5 -7`);
  const out = consumers.map((_, index) => {
    return `M${RAIL} ${hub + BOX_HEIGHT}V${middle(producers.length + 1 + index)}H${INDENT - 2}m-7 -5l7 5l-7 5`;
  });
  return { boxes, lines: [...into, ...out], width, height: all.length * step - GAP + 2 };
}

function draw({ boxes, lines, width, height }: Picture, shape: 'wide' | 'tall', words: string): Html {
  return html`<svg
    class="lineage ${shape}"
    role="img"
    aria-label="${words}"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
  >
    ${lines.map((line) => html`<path d="${line}" />`)}
    ${boxes.map(
      ({ x, y, width: boxWidth, name, note, kind }) => html`
        <g class="${kind}">
          <rect x="${x}" y="${y}" width="${boxWidth}" height="${BOX_HEIGHT}" rx="8" />
          <text class="name" x="${x + PADDING}" y="${y + 23}">${name}</text>
          <text class="note" x="${x + PADDING}" y="${y + 42}">${note}</text>
        </g>
      `,
    )}
  </svg>`;
}
