import type { AuditedFile } from '../projection/audit.ts';
import { placeOf, SEPARATOR } from './file.ts';

// Number of yubls whose words are looked up in the full text.
const LOOKED_UP = 50;

/** Checks that users are found by their own names only, and that the full text contains each yubl and nothing of users
 *  who left. */
export function auditSearch(
  wordsOf: (text: string) => string,
): (file: AuditedFile) => Readonly<Record<string, number>> {
  return (file) => {
    const { count, expectNone, digest } = file;
    const users = count("SELECT count(*) FROM user WHERE names <> ''");
    const yubls = count('SELECT count(*) FROM yubl');
    const names = count("SELECT count(*) FROM name WHERE initial = ''");
    if (file.thorough) auditNames(file, names);
    expectNone(
      'SELECT count(*) FROM yubl y WHERE place IS NOT (SELECT place FROM yubl_place p WHERE p.yubl_id = y.yubl_id)',
      'yubls that are not in their place',
    );
    const placed = count('SELECT count(*) FROM yubl_place WHERE place IS NOT NULL');
    if (placed !== yubls) file.noteBroken(`there are places for ${placed} of ${yubls} yubls`);
    expectNone(
      'SELECT count(*) FROM yubl WHERE place NOT IN (SELECT id FROM yubl_words_docsize)',
      'yubls that are missing in the full-text index',
    );
    const texts = count('SELECT count(*) FROM yubl_words_docsize');
    if (texts !== yubls) file.noteBroken(`the full-text index has ${texts} of ${yubls} yubls`);
    expectNone(
      'SELECT count(*) FROM yubl WHERE author_id IN (SELECT user_id FROM gone_user)',
      'yubls of users who left',
    );
    if (file.thorough) lookUp(file, wordsOf);
    // If every yubl is at its own place, places have the order of the sequences, which avoids sorting.
    const order = count('SELECT places FROM furthest') === 0 ? 'place' : 'sequence, yubl_id';
    digest(
      'users',
      `SELECT concat_ws(char(31), lower(hex(user_id)), names, coalesce(user_name, ''), coalesce(first_name, char(30)),
         coalesce(last_name, char(30))) FROM user WHERE names <> '' ORDER BY user_id`,
    );
    digest(
      'yubls',
      // Hash text lengths only; reading every text would dominate the audit.
      `SELECT concat_ws(' ', hex(yubl_id), hex(author_id), sequence, octet_length(text))
       FROM yubl ORDER BY ${order}`,
    );
    return { users, names, yubls };
  };
}

function auditNames({ count, expectNone, noteBroken }: AuditedFile, names: number): void {
  expectNone(
    `SELECT count(*) FROM name n LEFT JOIN user u ON u.number = n.number
     WHERE u.user_id IS NOT n.user_id OR instr(u.names, '${SEPARATOR}' || n.name || '${SEPARATOR}') = 0`,
    'names that their user does not have',
  );
  const had = count(
    `SELECT coalesce(sum(length(names) - length(replace(names, '${SEPARATOR}', '')) - 1), 0) FROM user WHERE names <> ''`,
  );
  if (had !== names) noteBroken(`users are found by ${names} of ${had} names`);
  expectNone('SELECT count(*) FROM user WHERE user_id IN (SELECT user_id FROM gone_user)', 'users who left');
}

interface YublRow {
  readonly place: number;
  readonly sequence: string;
  readonly text: string;
}

/** Checks a sample of all yubls: each is found by its words, and no further from its own place than searches look. */
function lookUp({ database, count, noteBroken }: AuditedFile, wordsOf: (text: string) => string): void {
  const furthest = count('SELECT places FROM furthest');
  const [first, last] = [count('SELECT min(place) FROM yubl'), count('SELECT max(place) FROM yubl')];
  const next = database.prepare('SELECT place, sequence, text FROM yubl WHERE place >= ? ORDER BY place LIMIT 1');
  const found = database.prepare('SELECT 1 FROM yubl_words WHERE yubl_words MATCH ? AND rowid = ?');
  for (let step = 0; step <= LOOKED_UP; step += 1) {
    const yubl = next.get(Math.round(first + ((last - first) * step) / LOOKED_UP)) as unknown as YublRow | undefined;
    if (yubl === undefined) return;
    const words = wordsOf(yubl.text).split(' ').slice(0, 3);
    const match = words.map((word) => `"${word}"`).join(' ');
    if (words[0] !== '' && found.get(match, yubl.place) === undefined) {
      return noteBroken(`the yubl at place ${yubl.place} is not found by its words`);
    }
    const away = yubl.place - placeOf(yubl.sequence);
    if (away < 0 || away > furthest) return noteBroken(`the yubl at place ${yubl.place} is ${away} away from its own`);
  }
}
