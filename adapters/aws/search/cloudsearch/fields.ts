/** The index fields that a domain needs (DefineIndexField); CloudFormation cannot create them. Only fields to search or
 *  sort by: results are read from the table. */
export interface CloudSearchField {
  readonly type: 'int' | 'literal' | 'literal-array';
  readonly search: boolean;
  readonly sort: boolean;
  readonly return: boolean;
}

export const CLOUDSEARCH_FIELDS = {
  // A document for each name of a user: see opensearch/indexes.ts for `shared`.
  name: { type: 'literal', search: true, sort: true, return: true },
  names: { type: 'literal-array', search: true, sort: false, return: false },
  shared: { type: 'int', search: true, sort: false, return: false },
  userid: { type: 'literal', search: false, sort: true, return: true },
  // A document for each yubl. Its sequence as two numbers, because CloudSearch only has ranges of numbers.
  words: { type: 'literal-array', search: true, sort: false, return: false },
  seconds: { type: 'int', search: true, sort: true, return: true },
  ordinal: { type: 'int', search: false, sort: true, return: true },
  yublid: { type: 'literal', search: false, sort: true, return: true },
} as const satisfies Readonly<Record<string, CloudSearchField>>;

type Fields = typeof CLOUDSEARCH_FIELDS;
interface Values {
  readonly int: number;
  readonly literal: string;
  readonly 'literal-array': readonly string[];
}

/** What a document may hold: CloudSearch refuses a batch with any other field. */
export type CloudSearchDocument = { readonly [Name in keyof Fields]?: Values[Fields[Name]['type']] };
