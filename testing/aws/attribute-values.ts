/** A value as in DynamoDB's JSON. */
export type Attribute = Readonly<Record<string, unknown>>;

export function fromAttributes(attributes: Readonly<Record<string, Attribute>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, fromAttribute(value)]));
}

export function toAttributes(item: Readonly<Record<string, unknown>>): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));
}

function fromAttribute(attribute: Attribute): unknown {
  const [[kind, value] = []] = Object.entries(attribute);
  if (kind === 'N') return Number(value);
  if (kind === 'B') return Buffer.from(value as string, 'base64');
  if (kind === 'NULL') return null;
  if (kind === 'L') return (value as Attribute[]).map(fromAttribute);
  if (kind === 'M') return fromAttributes(value as Record<string, Attribute>);
  return value;
}

function toAttribute(value: unknown): Attribute {
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return typeof value === 'object' ? { M: toAttributes(value as Record<string, unknown>) } : { S: value };
}

/** The size of an item, by
 *  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: names and values in
 *  bytes of UTF-8, numbers by their digits. */
export function bytesOfAttributes(attributes: Readonly<Record<string, Attribute>>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + utf8(name) + bytesOfAttribute(value), 0);
}

function bytesOfAttribute(attribute: Attribute): number {
  const [[kind, value] = ['']] = Object.entries(attribute);
  switch (kind) {
    case 'S':
      return utf8(value as string);
    case 'N':
      return (
        Math.ceil((value as string).replace(/[^0-9]/g, '').length / 2) + 1 + Number((value as string).startsWith('-'))
      );
    case 'B':
      return Buffer.from(value as string, 'base64').length;
    case 'L':
      return 3 + (value as Attribute[]).reduce((sum, element) => sum + 1 + bytesOfAttribute(element), 0);
    case 'M':
      return 3 + Object.keys(value as object).length + bytesOfAttributes(value as Record<string, Attribute>);
    default:
      return 1;
  }
}

const utf8 = (text: string): number => new TextEncoder().encode(text).length;
