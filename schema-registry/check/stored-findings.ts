import { REGISTRY, type Finding } from './finding.ts';
import type { ScanFailure, ScanFindings } from './log-scan.ts';
import { shadowedKeys } from './shadowed-keys.ts';
import { CATALOG_FILE, fileOf, pastFileOf } from '../source-files.ts';
import type { CurrentCode } from '../stored-reading.ts';

/** The log or archive that was read. */
export interface StoredScan extends Pick<ScanFindings, 'types' | 'failures' | 'undeclared'> {
  readonly source: string;
  /** The meaning of `position`: the place in a log, or the line of an archive. */
  readonly positions: 'log' | 'line';
}

/** What a scan of stored events reveals about the code: which events it refuses, and which of their keys a field would
 *  meet. */
export function storedFindings(scan: StoredScan, code: CurrentCode): Finding[] {
  return [
    ...scan.failures.map((failure) => refused(failure, scan, code)),
    ...tooMany(scan),
    ...shadowedKeys(scan.undeclared, code),
  ];
}

function refused(failure: ScanFailure, scan: StoredScan, code: CurrentCode): Finding {
  const { type, version, path, message, count, first } = failure;
  const events = scan.types.find((one) => one.type === type && one.version === version)?.events ?? count;
  const place = scan.positions === 'log' ? 'position' : 'line';
  const day = first.time === undefined ? '' : `, ${first.time.slice(0, 10)}`;
  const at = path === '' ? '' : ` at ${path}`;
  return {
    rule: 'STORED_EVENT_REFUSED',
    outcome: 'fails',
    type,
    version,
    path,
    message: `${count} of ${events} events of ${type} v${version} fail${at}: ${message}, first at ${place} ${first.position}${day}`,
    ...mending(failure, scan, code),
  };
}

function mending({ type, version, at }: ScanFailure, { source }: StoredScan, { current, past }: CurrentCode) {
  // Lines that are not events have no version.
  if (version === 0) return { file: source, remedy: 'fix those lines, or leave them out' };
  const known = current.get(at.type)?.version;
  if (known === undefined) return { file: CATALOG_FILE, remedy: `put ${at.type} back into the catalog` };
  const file = at.version < known ? pastFileOf(at.type, at.version) : fileOf(at.type);
  if (at.version > known) return { file, remedy: 'use the newer Figtree that wrote them' };
  if (at.version < known && !past.some((one) => one.type === at.type && one.version === at.version)) {
    return { file, remedy: `declare ${at.type} v${at.version} there, with its step to the next version` };
  }
  const own = at.type === type && at.version === version;
  const remedy = own
    ? 'make its schema and its step accept what is stored'
    : `make the steps of ${type} from v${version} on return what is accepted there`;
  return { file, remedy };
}

/** Kinds of failure that were too many to be listed must not pass either. */
function tooMany({ types, failures }: StoredScan): Finding[] {
  const failed = types.reduce((sum, one) => sum + one.failed, 0);
  const told = failures.reduce((sum, { count }) => sum + count, 0);
  if (failed === told) return [];
  return [
    {
      rule: 'STORED_EVENT_REFUSED',
      outcome: 'fails',
      type: '',
      file: REGISTRY,
      path: '',
      message: `${failed - told} more stored events fail in other ways`,
      remedy: 'fix the others first, then check again',
    },
  ];
}
