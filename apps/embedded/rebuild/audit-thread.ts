import { defined } from '../../../events/defined.ts';
import { type Audit, auditFile, type ProjectionAudit } from '../../../adapters/embedded/projection/audit.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { giveWay, joinHost } from '../../threads/joining.ts';

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

// Nobody waits for it.
giveWay(10);

const methods = {
  async audit({ name, path, live }: AuditTask): Promise<Audited> {
    const { audit } = await projectionNamed(name).embedded.load();
    const found = auditFile(path, audit);
    return { found, ...defined({ live: live === undefined ? undefined : digested(live, audit) }) };
  },
};
joinHost().serve(methods);

export type AuditThread = typeof methods;

// What cannot be read is no reason to leave it live.
function digested(path: string, audit: ProjectionAudit): Audit | undefined {
  try {
    return auditFile(path, audit, false);
  } catch {
    return undefined;
  }
}
