import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../../events/defined.ts';
import { type Audit, auditFile, type ProjectionAudit } from '../../../adapters/embedded/projection/audit.ts';
import { auditFeed } from '../../../adapters/embedded/feed/audit.ts';
import { auditRelationships } from '../../../adapters/embedded/relationships/audit.ts';
import { auditSearch } from '../../../adapters/embedded/search/audit.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { foldWords } from '../../../projections/search/folded-text.ts';
import type { TaskAnswer } from './catch-up-thread.ts';
import { sentError } from '../threads/sent-errors.ts';

/** Looks through a new file of a projection, and takes the digest of the live one if that can be compared. */
export interface AuditTask {
  readonly kind: 'audit';
  readonly name: ProjectionName;
  readonly path: string;
  readonly live?: string;
}

export interface Audited {
  readonly found: Audit;
  /** Absent also if the live file cannot be read. */
  readonly live?: Audit;
}

const port = parentPort;
if (port === null) throw new Error('audit-thread.ts runs as a worker thread only');
// Nobody waits for it. Linux alone keeps it per thread.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(NICENESS);

const { task } = workerData as { task: AuditTask };
const say = (answer: TaskAnswer) => port.postMessage(answer);

const audits: { readonly [Name in ProjectionName]: ProjectionAudit } = {
  feed: auditFeed,
  relationships: auditRelationships,
  search: auditSearch(foldWords),
};

try {
  const found = auditFile(task.path, audits[task.name]);
  const live = task.live === undefined ? undefined : digested(task.live);
  say({ kind: 'done', result: { found, ...defined({ live }) } });
} catch (error) {
  say({ kind: 'failed', error: sentError(error) });
}
port.close();

// What cannot be read is no reason to leave it live.
function digested(path: string): Audit | undefined {
  try {
    return auditFile(path, audits[task.name], false);
  } catch {
    return undefined;
  }
}
