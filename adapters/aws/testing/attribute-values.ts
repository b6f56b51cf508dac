/** A value as DynamoDB's JSON has it. */
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
