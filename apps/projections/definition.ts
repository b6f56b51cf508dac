import type { ProjectionName } from '../../ports/progress.ts';
import type { AwsProjection } from '../aws/projection.ts';
import type { EmbeddedProjection } from '../embedded/projection.ts';
import type { ParityRules } from '../parity/rules.ts';
import type { AddRoutes, ProjectionAnswers } from '../server/projection-api.ts';

/** One projection: what is remembered, for whom, and its parts on each engine. The parts are loaded when somebody needs them, so
 *  that a command or a thread loads no store that it does not use. */
export interface ProjectionDefinition {
  /** Begins with a lower-case letter, followed by such letters and digits. Names its file, its tables, and it in the API. */
  readonly name: ProjectionName;
  /** What it answers, in one line, for people who choose a projection. */
  readonly summary: string;
  readonly embedded: {
    /** Of its tables: a file of another version is built anew. */
    readonly version: number;
    /** A rebuild gives it a thread of its own where there is more than one processor: it is much work compared with the others. */
    readonly buildsAlone?: true;
    load(): Promise<EmbeddedProjection>;
  };
  /** How it is compared with another system. Without it nothing can be. */
  parity?(): Promise<ParityRules>;
  readonly aws: { load(): Promise<AwsProjection> };
  /** What clients ask it. Without it the projection answers nobody, as one that other consumers read. */
  readonly api?: {
    /** What `figtree read` takes, with the answers. */
    readonly questions: readonly string[];
    answers(): Promise<ProjectionAnswers>;
    routes(): Promise<AddRoutes>;
  };
}

const NAME = /^[a-z][a-z0-9]*$/;
// Other files of a data folder, and what stands for every projection.
const TAKEN = ['log', 'keys', 'lock', 'all'];

/** Throws if the name could not be that of a file and a table. */
export function defineProjection(definition: ProjectionDefinition): ProjectionDefinition {
  const { name } = definition;
  if (!NAME.test(name) || TAKEN.includes(name)) throw new Error(`"${name}" cannot be the name of a projection`);
  return definition;
}
