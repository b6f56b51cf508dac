/** error: breaks a reader unless there is an upcaster, no reader of the old version, or a waiver. */
export type Severity = 'error' | 'warn' | 'info';

/** unproven: no schema tells, only real data does. */
export type Outcome = 'safe' | 'unproven' | 'breaks';

interface Rule {
  /** Severity where the change breaks what it can. */
  readonly severity: Severity;
  /** Severity where it breaks nothing, if more than informational, because data is lost all the same. */
  readonly unbroken?: Severity;
  /** What such a change can break: replay of stored events, or subscribers that run the older version. */
  readonly breaks: readonly ('replay' | 'subscribers')[];
  /** The remedy. */
  readonly remedy: string;
}

const REPLAY = ['replay'] as const;
const SUBSCRIBERS = ['subscribers'] as const;
const BOTH = ['replay', 'subscribers'] as const;

const upcast = 'write an upcaster that fills it for old events';
const first = 'deploy the subscribers that read the new version first';

/** The possible changes between two versions of an event. `schema check` names each change by one of these. */
export const changeRules = {
  FIELD_ADDED_OPTIONAL: { severity: 'info', breaks: BOTH, remedy: first },
  FIELD_ADDED_SHADOWS_UNDECLARED: {
    severity: 'warn',
    breaks: BOTH,
    remedy:
      'scan the log for undeclared keys of this name (figtree schema check --against-log), or choose another name',
  },
  FIELD_ADDED_REQUIRED: {
    severity: 'error',
    breaks: BOTH,
    remedy: `make it optional, give it a default, or ${upcast}`,
  },
  FIELD_ADDED_DEFAULTED: { severity: 'info', breaks: BOTH, remedy: first },
  FIELD_REMOVED_OPTIONAL: {
    severity: 'warn',
    unbroken: 'warn',
    breaks: BOTH,
    remedy: 'put its name into `reserved` of the event',
  },
  FIELD_REMOVED_REQUIRED: {
    severity: 'error',
    unbroken: 'warn',
    breaks: BOTH,
    remedy: `put its name into \`reserved\` of the event, and ${first}`,
  },
  FIELD_RENAMED: {
    severity: 'error',
    unbroken: 'warn',
    breaks: BOTH,
    remedy: 'write an upcaster that renames it, and publish both names until every subscriber reads the new one',
  },
  FIELD_NAME_REUSED: { severity: 'error', breaks: [], remedy: 'choose a name that was never used' },
  FIELD_MADE_REQUIRED: { severity: 'error', breaks: REPLAY, remedy: `keep it optional, or ${upcast}` },
  FIELD_MADE_OPTIONAL: { severity: 'error', breaks: SUBSCRIBERS, remedy: first },
  FIELD_MADE_NULLABLE: { severity: 'error', breaks: SUBSCRIBERS, remedy: first },
  FIELD_MADE_NON_NULLABLE: { severity: 'error', breaks: REPLAY, remedy: `keep it nullable, or ${upcast}` },
  ENUM_WIDENED: { severity: 'error', breaks: SUBSCRIBERS, remedy: `${first}; a reader with .catch() takes new values` },
  ENUM_NARROWED: {
    severity: 'error',
    unbroken: 'warn',
    breaks: REPLAY,
    remedy: 'keep the value, or write an upcaster that replaces it',
  },
  UNION_WIDENED: {
    severity: 'error',
    breaks: SUBSCRIBERS,
    remedy: `${first}; a reader with .catch() takes new branches`,
  },
  UNION_NARROWED: {
    severity: 'error',
    unbroken: 'warn',
    breaks: REPLAY,
    remedy: 'keep the branch, or write an upcaster that replaces it',
  },
  CONSTRAINT_LOOSENED: { severity: 'warn', breaks: SUBSCRIBERS, remedy: first },
  CONSTRAINT_TIGHTENED: { severity: 'error', breaks: REPLAY, remedy: 'keep what was allowed, or write an upcaster' },
  REFINEMENT_CHANGED: {
    severity: 'warn',
    breaks: BOTH,
    remedy: 'only real data can tell: add golden samples, or scan the log',
  },
  TYPE_CHANGED: { severity: 'error', breaks: BOTH, remedy: 'add a field of another name, or write an upcaster' },
  READER_LOOSENED: { severity: 'info', breaks: SUBSCRIBERS, remedy: first },
  READER_TIGHTENED: {
    severity: 'error',
    breaks: REPLAY,
    remedy: 'keep the object as tolerant as it was, or scan the log for undeclared keys',
  },
  DEFAULT_CHANGED: { severity: 'warn', breaks: [], remedy: 'rebuilt projections will change: tell their owners' },
  DOC_CHANGED: { severity: 'info', breaks: [], remedy: 'nothing' },
} as const satisfies Readonly<Record<string, Rule>>;

export type ChangeRule = keyof typeof changeRules;

/** The severity of a change by its effect: a rule is not an error if nothing that it can break breaks, for instance an
 *  enum with a new value before a reader that has .catch(), and never silent if something breaks. */
export function severityOf(name: ChangeRule, outcomes: readonly Outcome[]): Severity {
  const { severity, breaks, unbroken = 'info' }: Rule = changeRules[name];
  if (outcomes.includes('breaks')) return severity === 'info' ? 'warn' : severity;
  if (breaks.length === 0) return severity;
  return outcomes.includes('unproven') ? 'warn' : unbroken;
}

/** What a schema must not contain, whatever it contained before. */
export const payloadRules = {
  PAYLOAD_STRICT: {
    severity: 'error',
    remedy: 'use z.object: a strict reader refuses every field that a later version adds',
  },
  PAYLOAD_LOOSE: {
    severity: 'warn',
    remedy: 'use z.object: what a loose object lets pass is stored under names that a later version may need',
  },
  PAYLOAD_NOT_JSON: {
    severity: 'error',
    remedy:
      'use what JSON can represent: a list or z.record for a Set or a Map, z.iso.datetime() for a Date, a string for a bigint, an optional field for undefined',
  },
  PAYLOAD_NOT_READ_BACK: {
    severity: 'warn',
    remedy: 'avoid transforms and preprocessing in the data of an event: what is stored must be readable again',
  },
} as const satisfies Readonly<Record<string, Omit<Rule, 'breaks'>>>;
