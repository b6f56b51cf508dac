import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { type PersonalWords, personalWords } from './personal-words.ts';

/** For code that loads the catalog anyway. */
export function catalogPersonalWords(): PersonalWords {
  return personalWords(catalogFacts().personalPaths);
}
