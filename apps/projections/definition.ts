import { FigtreeError } from '../../events/errors.ts';
import type { ProjectionName } from '../../ports/progress.ts';
import type { RegisteredTables } from '../../projections/tables/registered-tables.ts';
import type { AwsProjection } from '../aws/projection.ts';
import type { EmbeddedProjection } from '../embedded/projection.ts';
import type { ParityRules } from '../parity/rules.ts';
import type { AddRoutes, ProjectionAnswers } from '../server/projection-api.ts';

/** One projection: its name, and its parts on each engine. The parts are loaded on demand, so that a command or a
 *  thread loads no store that it does not use. */
export interface ProjectionDefinition {
  /** Begins with a lower-case letter, followed by such letters and digits. Used for its file, its tables, and in the
   *  API. */
  readonly name: ProjectionName;
  /** What it answers, in one line, for people who choose a projection. */
  readonly summary: string;
  readonly embedded: {
    /** Version of its tables: a file of another version is rebuilt. */
    readonly version: number;
    /** A rebuild runs it in its own thread if there is more than one processor, because it takes much longer than the
     *  others. */
    readonly buildsAlone?: true;
    /** A server writes it in one thread with all others that share, because a thread of its own would cost more time at the start,
     *  and memory, than its work. */
    readonly sharesThread?: true;
    load(): Promise<EmbeddedProjection>;
  };
  /** Present if it is nothing but tables, from which everything else here follows. */
  readonly tables?: RegisteredTables;
  /** How it is compared with another system. Without it nothing can be. */
  parity?(): Promise<ParityRules>;
  readonly aws: { load(): Promise<AwsProjection> };
  /** Its queries. Absent for a projection that clients cannot query, because only consumers read it. */
  readonly api?: {
    /** The queries of `figtree read`, with their answers. */
    readonly questions: readonly string[];
    answers(): Promise<ProjectionAnswers>;
    routes(): Promise<AddRoutes>;
  };
}

const NAME = /^[a-z][a-z0-9]*$/;
// Reserved for other files of a data folder, and for all projections together.
const TAKEN = ['log', 'keys', 'lock', 'all'];

/** Throws DECLARATION_INVALID if the name is not valid for a file and a table. */
export function defineProjection(definition: ProjectionDefinition): ProjectionDefinition {
  const { name } = definition;
  if (isProjectionName(name)) return definition;
  const reason = TAKEN.includes(name)
    ? `${TAKEN.join(', ')} are reserved`
    : 'use lower-case letters and digits, beginning with a letter';
  throw new FigtreeError('DECLARATION_INVALID', `"${name}" cannot be the name of a projection: ${reason}`);
}

export function isProjectionName(name: string): boolean {
  return NAME.test(name) && !TAKEN.includes(name);
}
