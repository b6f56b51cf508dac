/** A change that adds to a number of a row with no other fields than this and those of its key. It begins at 0, and the row
 *  is removed when it comes back to that. */
export function counting<Field extends string>(
  field: Field,
  by: number,
): (row: Readonly<Record<Field, number>> | undefined) => Readonly<Record<Field, number>> | undefined {
  return (row) => {
    const counted = (row?.[field] ?? 0) + by;
    // The compiler does not know that a computed name is of the type of its constant.
    return counted === 0 ? undefined : ({ [field]: counted } as Readonly<Record<Field, number>>);
  };
}
