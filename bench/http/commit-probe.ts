import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** What the log was really told to commit, whatever the program says of itself. */
export interface Commits {
  readonly durationsMs: readonly number[];
  /** What commits added to the WAL, as long as it grew: later it is written anew from its start. */
  readonly walBytes: readonly number[];
}

/** Watches every COMMIT of this thread, in which only the log is written: each of them ends with an fsync. Call before the
 *  database is opened. Gives the function that takes what came since its last call. */
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
