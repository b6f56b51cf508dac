import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../../events/defined.ts';
import { type Audit, auditFile, type ProjectionAudit } from '../../../adapters/embedded/projection/audit.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed } from '../../projections/registry.ts';
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

try {
  const { audit } = await projectionNamed(task.name).embedded.load();
  const found = auditFile(task.path, audit);
  const live = task.live === undefined ? undefined : digested(task.live, audit);
  say({ kind: 'done', result: { found, ...defined({ live }) } });
} catch (error) {
  say({ kind: 'failed', error: sentError(error) });
}
port.close();

// What cannot be read is no reason to leave it live.
function digested(path: string, audit: ProjectionAudit): Audit | undefined {
  try {
    return auditFile(path, audit, false);
  } catch {
    return undefined;
  }
}
