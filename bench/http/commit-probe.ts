import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The actual commits of the log, whatever the program reports. */
export interface Commits {
  readonly durationsMs: readonly number[];
  /** Bytes that each commit added to the WAL, while that grew: later it is overwritten from its start. */
  readonly walBytes: readonly number[];
}

/** Observes every COMMIT of this thread, which only writes the log: each ends with an fsync. Call it before the
 *  database is opened. Returns the function that returns the commits since its last call. */
export function watchCommits(): () => Commits {
  let durationsMs: number[] = [];
  let walBytes: number[] = [];
  let walSize = 0;
  const original = Reflect.get(DatabaseSync.prototype, 'exec');
  DatabaseSync.prototype.exec = function exec(this: DatabaseSync, sql: string): void {
    if (sql !== 'COMMIT') return original.call(this, sql);
    const start = performance.now();
    original.call(this, sql);
    durationsMs.push(performance.now() - start);
    const size = statSync(`${this.location() ?? ''}-wal`).size;
    if (size > walSize) walBytes.push(size - walSize);
    walSize = size;
  };
  return () => {
    const taken = { durationsMs, walBytes };
    durationsMs = [];
    walBytes = [];
    return taken;
  };
}
