import { dataschemaOf } from '../events/envelope.ts';
import { FigtreeError } from '../events/errors.ts';
import type { PersonField, PersonFields } from '../events/person-field.ts';
import { type HasData, personalPaths } from './personal-data.ts';

interface SaysAbout extends HasData {
  readonly type: string;
  readonly version: number;
  readonly about?: Readonly<Record<string, string>>;
}

/** The person whom every personal field of these versions is about. Throws SCHEMA_INVALID for a field without one,
 *  because it could not be erased. */
export function personFieldsOf(versions: readonly SaysAbout[]): PersonFields {
  return Object.fromEntries(versions.map((each) => [dataschemaOf(each.type, each.version), fieldsOf(each)]));
}

function fieldsOf(version: SaysAbout): readonly PersonField[] {
  const { about = {}, type } = version;
  return personalPaths(version).map((field) => {
    const person = Object.hasOwn(about, field) ? about[field] : undefined;
    if (person !== undefined) return { field, person };
    const message = `${type} v${version.version} has the personal field ${field} without saying whom it is about`;
    throw new FigtreeError('SCHEMA_INVALID', `${message}: name the field of that person's ID under \`about\``, {
      type,
      field,
    });
  });
}
