import { type ArchiveVerdict, verifyArchiveIn } from '../engines/archives.ts';
import { exitCodes } from '../failure.ts';
import { ofTotal, openProgressBars } from '../progress-bars.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatMegabytes, plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

/** Verifies an archive; fails with a list of everything that is wrong. */
export async function verifyCommand(folder: string, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const { signal } = interruption;
  const bars = await openProgressBars(terminal);
  const bar = bars.add('verify');
  let verdict: ArchiveVerdict;
  try {
    verdict = await verifyArchiveIn(folder, {
      signal,
      onProgress: (position, last) => bar.update(position, last, ofTotal(position, last)),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    return interruption.exitCode() ?? exitCodes.failed;
  } finally {
    bars.stop();
  }
  const sound = verdict.faults.length === 0;
  await terminal.print(json ? JSON.stringify({ ok: sound, ...verdict }) : verdictText(verdict, terminal));
  return interruption.exitCode() ?? (sound ? exitCodes.ok : exitCodes.failed);
}

function verdictText(
  { events, lastPosition, files, bytes, faults, unnamed }: ArchiveVerdict,
  { colors }: Terminal,
): string {
  const size = `${plural(files, 'file')}, ${formatMegabytes(bytes)}`;
  const head =
    faults.length === 0
      ? `${colors.green('Sound')}: ${plural(events, 'event')} up to position ${formatCount(lastPosition)} in ${size}`
      : `${colors.red('Damaged')}: ${faults.length} of ${size}`;
  const lines = [head, ...firstOf(faults.map(({ file, problem }) => `  ${printable(file)}  ${printable(problem)}`))];
  if (unnamed.length > 0) {
    lines.push(
      colors.dim('  not named in the manifest:'),
      ...firstOf(unnamed.map((name) => colors.dim(`    ${printable(name)}`))),
    );
  }
  return lines.join('\n');
}

const LINES_MAX = 100;

/** Limited, because the author of the archive determines their number. */
function firstOf(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `    and ${formatCount(lines.length - LINES_MAX)} more`];
}
