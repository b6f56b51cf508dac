import { catalogFacts } from '../../schema-registry/catalog-facts.ts';
import { type PersonalWords, personalWords } from './personal-words.ts';

/** For code that has the catalog loaded anyway. */
export function catalogPersonalWords(): PersonalWords {
  return personalWords(catalogFacts().personalPaths);
}
