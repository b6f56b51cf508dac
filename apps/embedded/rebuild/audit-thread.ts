import { defined } from '../../../events/defined.ts';
import { type Audit, auditFile, type ProjectionAudit } from '../../../adapters/embedded/projection/audit.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed } from '../../projections/registry.ts';
import { giveWay, joinHost } from '../../threads/joining.ts';

/** Audits a new file of a projection, and computes the digest of the live one if the two are comparable. */
export interface AuditTask {
  readonly name: ProjectionName;
  readonly path: string;
  readonly live?: string;
}

export interface Audited {
  readonly found: Audit;
  /** Also absent if the live file cannot be read. */
  readonly live?: Audit;
}

// An audit is not urgent, so it yields to all other threads.
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

// An unreadable live file must not keep the new one from replacing it.
function digested(path: string, audit: ProjectionAudit): Audit | undefined {
  try {
    return auditFile(path, audit, false);
  } catch {
    return undefined;
  }
}
