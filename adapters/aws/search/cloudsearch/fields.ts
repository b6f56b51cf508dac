/** How a domain's index fields have to be made (DefineIndexField); they cannot be made by CloudFormation. Only what is searched for or
 *  sorted by is there: what is found is read from the table. */
export interface CloudSearchField {
  readonly type: 'int' | 'literal' | 'literal-array';
  readonly search: boolean;
  readonly sort: boolean;
  readonly return: boolean;
}

export const CLOUDSEARCH_FIELDS: Readonly<Record<string, CloudSearchField>> = {
  // A document for each name of a user: see opensearch/indexes.ts for `shared`.
  name: { type: 'literal', search: true, sort: true, return: true },
  names: { type: 'literal-array', search: true, sort: false, return: false },
  shared: { type: 'int', search: true, sort: false, return: false },
  userid: { type: 'literal', search: false, sort: true, return: true },
  // A document for each yubl. Its sequence in two numbers: of numbers CloudSearch searches ranges.
  words: { type: 'literal-array', search: true, sort: false, return: false },
  seconds: { type: 'int', search: true, sort: true, return: true },
  ordinal: { type: 'int', search: false, sort: true, return: true },
  yublid: { type: 'literal', search: false, sort: true, return: true },
};
