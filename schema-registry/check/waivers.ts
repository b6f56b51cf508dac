import type { Finding } from './finding.ts';
import { REGISTRY } from './finding.ts';
import type { Waiver } from './frozen-version.ts';

/** Damaged files are never an intended break, and Figtree does not start with an unsound catalog. */
const NEVER_WAIVED = /^(FROZEN|SAMPLES|FILE|WAIVER|CATALOG)_/;
const file = `${REGISTRY}/waivers.json`;

/** Returns the findings, with the waived ones marked, and problems of the waivers themselves. */
export function waived(findings: readonly Finding[], waivers: readonly Waiver[], today: string): Finding[] {
  const used = new Set<Waiver>();
  const judged = findings.map((finding): Finding => {
    if (finding.outcome !== 'fails' || NEVER_WAIVED.test(finding.rule)) return finding;
    const waiver = waivers.find((each) => waives(each, finding));
    if (waiver === undefined) return finding;
    used.add(waiver);
    if (waiver.expires < today) return finding;
    return { ...finding, outcome: 'waived', remedy: `${waiver.owner} until ${waiver.expires}: ${waiver.reason}` };
  });
  return [...judged, ...waivers.flatMap((waiver) => waiverFindings(waiver, { today, used: used.has(waiver) }))];
}

function waives(waiver: Waiver, { rule, type, path }: Finding): boolean {
  return waiver.rule === rule && waiver.type === type && waiver.path === path;
}

function waiverFindings(waiver: Waiver, { today, used }: { today: string; used: boolean }): Finding[] {
  const { rule, type, path, owner, expires } = waiver;
  const what = `the waiver of ${rule} for ${type}${path === '' ? '' : ` at ${path}`}`;
  if (expires < today)
    return [
      {
        rule: 'WAIVER_EXPIRED',
        outcome: 'fails',
        type,
        file,
        path,
        message: `${what} expired on ${expires}`,
        remedy: `${owner} fixes what it waived, or agrees on another day; then remove the entry or set that day`,
      },
    ];
  if (used) return [];
  return [
    {
      rule: 'WAIVER_UNUSED',
      outcome: 'warns',
      type,
      file,
      path,
      message: `${what} waives nothing`,
      remedy: 'remove it',
    },
  ];
}
