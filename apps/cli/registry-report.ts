import type { CatalogReport, EventVerdict } from '../../schema-registry/check/catalog-check.ts';
import type { Finding } from '../../schema-registry/check/finding.ts';
import { driftInWords } from '../../schema-registry/check/rendering-drift.ts';
import { proofInWords } from '../../schema-registry/check/replay-proof.ts';
import { verdictWords } from '../../schema-registry/check/verdict-words.ts';
import type { Colors } from './terminal.ts';
import { plural, printable } from './text-format.ts';

/** The output for people: the problems of each event, its verdict, and what to do. */
export function reportText(report: CatalogReport, colors: Colors): string {
  const { findings, events, drift } = report;
  const reported = events.filter((event) => isReported(event, findings));
  const types = new Set(reported.map(({ type }) => type));
  const others = findings.filter(({ type }) => !types.has(type));
  const lines = [
    ...others.flatMap((finding) => findingLines(finding, colors)),
    ...reported.flatMap((event) => eventLines(event, findings, colors)),
    ...(drift === undefined ? [] : [driftInWords(drift)]),
    proofInWords(report.proof).at(-1) ?? '',
    lastLine(report, colors),
  ];
  return lines.join('\n');
}

function isReported(
  { type, version, replay, subscribers, changes }: EventVerdict,
  findings: readonly Finding[],
): boolean {
  const isNew = !replay.some((each) => each.version === version);
  return findings.some((finding) => finding.type === type) || subscribers.length > 0 || (isNew && changes.length > 0);
}

function eventLines(event: EventVerdict, findings: readonly Finding[], colors: Colors): string[] {
  const own = findings.filter(({ type }) => type === event.type);
  const stubs = event.replay.flatMap(({ stub }) =>
    stub === undefined ? [] : ['', ...stub.split('\n').map((line) => `    ${line}`)],
  );
  return [
    colors.bold(`${event.type} ${event.version}`),
    ...verdictWords(event).map((line) => `  ${line}`),
    ...own.flatMap((finding) => findingLines(finding, colors).map((line) => `  ${line}`)),
    ...stubs,
    '',
  ];
}

const words = { fails: 'FAILS', warns: 'warns', notes: 'notes', waived: 'waived' } as const;

function findingLines({ outcome, rule, file, path, message, remedy }: Finding, colors: Colors): string[] {
  const color = { fails: colors.red, warns: colors.yellow, notes: colors.dim, waived: colors.dim }[outcome];
  const at = path === '' ? file : `${file}, ${path}`;
  return [
    `${color(words[outcome].padEnd(6))} ${rule}  ${colors.dim(printable(at))}`,
    `       ${printable(message)}.`,
    `       ${outcome === 'waived' ? 'Waived by' : 'Remedy:'} ${printable(remedy)}.`,
  ];
}

function lastLine({ ok, findings, events }: CatalogReport, colors: Colors): string {
  const count = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome).length;
  const versions = events.reduce((sum, { replay }) => sum + replay.length, 0);
  const [failed, warned, waived] = [count('fails'), count('warns'), count('waived')];
  const more = [...(warned > 0 ? [plural(warned, 'warning')] : []), ...(waived > 0 ? [`${waived} waived`] : [])];
  const of = `${plural(events.length, 'event')}, ${plural(versions, 'frozen version')}`;
  const tail = more.length > 0 ? `; ${more.join(', ')}` : '';
  return ok ? `${colors.green('Green')}: ${of}${tail}.` : `${colors.red(plural(failed, 'failure'))}: ${of}${tail}.`;
}

/** The output for programs. */
export function reportJson({ ok, findings, events, drift, proof }: CatalogReport) {
  return {
    ok,
    findings,
    events: events.map((event) => ({
      type: event.type,
      version: event.version,
      replay: event.replay.map(({ version, outcome, through, stub }) => ({ version, outcome, through, stub })),
      subscribers: event.subscribers.map(({ name, reads, outcome, refuses }) => ({ name, reads, outcome, refuses })),
      changes: event.changes,
      words: verdictWords(event),
    })),
    samples: { total: proof.proofs.length, failed: proof.proofs.filter(({ outcome }) => outcome === 'failed').length },
    zod: drift === undefined ? undefined : { ...drift, words: driftInWords(drift) },
  };
}

const levels = { fails: 'error', warns: 'warning', notes: 'notice', waived: 'notice' } as const;

/** Workflow commands of GitHub Actions, which show each finding at its file in a pull request. */
export function annotations({ findings }: CatalogReport): string[] {
  return findings.map(({ outcome, rule, file, path, message, remedy }) => {
    const at = path === '' ? '' : ` (${path})`;
    return `::${levels[outcome]} file=${property(file)},title=${property(rule)}::${escaped(`${message}${at}. ${remedy}`)}`;
  });
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
