export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export type Item = ItemKey & Readonly<Record<string, unknown>>;

/** A unique text for each key. */
export function keyText({ pk, sk }: ItemKey): string {
  return `${pk}\u0000${sk}`;
}
