import { resolve } from 'node:path';
import type { ErasureReport } from '../../../engine/erasure.ts';
import { exitCodes } from '../failure.ts';
import { withOperations } from '../engines/operations.ts';
import type { Colors } from '../terminal.ts';
import { formatCount, plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface EraseOptions {
  readonly userId: string;
  readonly yes?: true;
  readonly archive?: string;
}

/** Places that no command can search. */
const OUT_OF_REACH = [
  'backups and copies of the data folder or of keys.db: an old keys.db makes sealed texts readable again',
  'archives of the log that were not named with --archive, except the one that the log was trimmed to',
  'the monolith, which published what it knows about the user',
  'log lines written by the server or other processes',
  'copies kept by others who read the events or the API',
  'disk blocks that files have released',
];

/** Without `yes` it reports what it would do, changes nothing and exits with a usage error. */
export async function erase({ userId, yes, archive }: EraseOptions, context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const request = { userId, dryRun: yes !== true, ...(archive !== undefined && { archive: resolve(archive) }) };
  const report = await withOperations((operations) => operations.erase(request));
  const text = report.dryRun ? planText(report, terminal.colors) : reportText(report, terminal.colors);
  await terminal.print(json ? JSON.stringify({ ...report, outOfReach: OUT_OF_REACH }) : text);
  if (report.dryRun) return exitCodes.wrongUse;
  return report.clean ? exitCodes.ok : exitCodes.failed;
}

function planText({ userId, events, texts, leftAt, erasedBefore }: ErasureReport, { bold, yellow }: Colors): string {
  return [
    `${bold(userId)}: ${plural(events, 'event')} ${events === 1 ? 'names' : 'name'} this user, with ${formatCount(texts)} different readable names and texts.`,
    '',
    yellow('Nothing was changed.') + ' With --yes this command would:',
    leftAt === undefined
      ? '  - record that the user left (user-left), so that feeds, follows, counts and search forget them'
      : `  - leave the log as it is: it records at position ${formatCount(leftAt)} that the user left`,
    erasedBefore
      ? '  - find their key already destroyed'
      : '  - destroy their key: what is sealed with it, in log and archive, becomes permanently unreadable',
    '  - overwrite their plain texts in log and archive, and remove what the quarantine holds about them',
    '  - rewrite the projection files, and remove the versions kept for a rollback',
    '  - search every file for their words, and report where any are left',
    '',
    ...outOfReach(),
  ].join('\n');
}

const NOTHING_READABLE = 'No words to search for: nothing readable of the user was left when this began.';
const NOTHING_OF_HIS_OWN =
  'No words to search for: the names and texts are too short to be distinctive, or others have written them too.';

function reportText(report: ErasureReport, { bold, green, red, yellow }: Colors): string {
  const { userId, texts, leftAt = 0, overwritten, unquarantined, removed, words, places, clean } = report;
  const files = places.map(({ path, words: left, unreadable }) => {
    if (unreadable !== undefined) return `  ${yellow('unread')}  ${printable(path)}: ${printable(unreadable)}`;
    return left === 0
      ? `  ${green('clean')}   ${printable(path)}`
      : `  ${red(plural(left, 'word'))}  ${printable(path)}`;
  });
  return [
    `${bold(userId)} is erased: the user left at position ${formatCount(leftAt)}, and their key is destroyed.`,
    `Overwritten in log and archive: ${plural(overwritten, 'event')}. Removed from the quarantine: ${plural(unquarantined, 'item')}. Removed versions that were not live: ${formatCount(removed.length)}.`,
    '',
    words === 0
      ? yellow(texts === 0 ? NOTHING_READABLE : NOTHING_OF_HIS_OWN)
      : `Searched for ${plural(words, 'piece')} of their names and texts that no one else has written:`,
    ...files,
    '',
    clean
      ? words === 0
        ? yellow('So this search proves nothing about copies made earlier.')
        : green('Nothing of it is left.')
      : red('Something is left or could not be searched: see the files above.'),
    '',
    ...outOfReach(),
  ].join('\n');
}

function outOfReach(): string[] {
  return ['Out of reach:', ...OUT_OF_REACH.map((place) => `  - ${place}`)];
}
