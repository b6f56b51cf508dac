import { jsonTextOf } from './json-text.ts';
import type { EventDefinition } from '../define-event.ts';
import type { ErrorCode, Problem } from '../errors.ts';

/** One problem of a document, in terms of that document. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

type ParseIssue = NonNullable<ReturnType<EventDefinition['safeParse']>['error']>['issues'][number];

const FINDINGS_NAMED_MAX = 10;
const SHOWN_CHARACTERS_MAX = 40;

/** The path is that of the first finding, the message names all of them. */
export function problemOf(code: ErrorCode, findings: readonly Finding[]): Problem {
  const named = findings
    .slice(0, FINDINGS_NAMED_MAX)
    .map(({ path, message }) => (path ? `${path} ${message}` : message));
  if (findings.length > FINDINGS_NAMED_MAX) named.push(`and ${findings.length - FINDINGS_NAMED_MAX} more`);
  const path = findings[0]?.path;
  return { code, ...(path && { path }), message: named.join('; ') };
}

export function expected(path: string, what: string, value: unknown): Finding {
  return { path, message: value === undefined ? 'is missing' : `must be ${what}, not ${shown(value)}` };
}

function shown(value: unknown): string {
  const text = jsonTextOf(value).text;
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}

/** Adds the issues of an event's parser, unless the same place already has a finding: the reader before the parser saw
 *  the original input. */
export function addIssues(findings: Finding[], issues: readonly ParseIssue[], pathOf: (field: string) => string): void {
  for (const issue of issues) {
    const path = pathOf(issue.path.join('.'));
    if (findings.some((finding) => finding.path === path)) continue;
    findings.push({ path, message: wordsOf(issue) });
  }
}

function wordsOf(issue: ParseIssue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  return `is refused: ${issue.message}`;
}

/** True if the only problem is that a user follows themselves. */
export function isSelfFollow(issues: readonly ParseIssue[]): boolean {
  const [issue] = issues;
  return issues.length === 1 && issue?.code === 'custom' && issue.params?.['code'] === 'SELF_FOLLOW';
}
