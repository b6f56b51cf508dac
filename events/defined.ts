type Optional<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};
type Required<Fields> = { [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name] };

/** Returns the fields that have a value, to be spread into an object in which the others must be absent rather than
 *  undefined. */
export function defined<Fields extends object>(fields: Fields): Required<Fields> & Optional<Fields> {
  const present: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) present[name] = fields[name];
  return present as Required<Fields> & Optional<Fields>;
}
