import { FigtreeError } from '../../../events/errors.ts';
import type { AwsRebuildOptions, AwsRebuildParts } from './work.ts';
import { type AwsRebuildState, NO_COUNTS } from './state.ts';

const BEGINNING = '0000-01-01T00:00:00.000Z';
const LIVE_LAG_MS = 3_600_000;

/** Returns the state of the rebuild to continue, or of a new one. Rejects with REBUILD_RUNNING or SWAP_REFUSED. */
export async function stateFor(
  found: AwsRebuildState | undefined,
  parts: AwsRebuildParts,
  options: AwsRebuildOptions,
): Promise<{ readonly state: AwsRebuildState; readonly resumed: boolean }> {
  const { kind, projection, restart = false } = options;
  const open = found === undefined || found.stage === 'done' ? undefined : found;
  const live = await parts.versions.now(projection);
  if (open !== undefined) noteFlip(open, live);
  // Its tables are live, and lack what the functions still write elsewhere.
  if (open?.flippedAt !== undefined && (restart || open.kind !== kind)) {
    const message = `a ${open.kind} of ${projection} is live but not finished: run a ${open.kind} to finish it`;
    throw new FigtreeError('REBUILD_RUNNING', message, { projection });
  }
  if (open !== undefined && open.kind === kind && !restart) return { state: continued(open), resumed: true };
  const begin = kind === 'rebuild' ? newRebuild : rollback;
  return { state: begin({ found, live, options }), resumed: false };
}

/** What is verified again has to catch up first. */
function continued(state: AwsRebuildState): AwsRebuildState {
  if (state.flippedAt !== undefined) return state;
  if (state.stage === 'verify') state.stage = 'stream';
  delete state.verified;
  return state;
}

/** The flip is durable before the state says so, and a process may die between the two. */
function noteFlip(state: AwsRebuildState, live: string): void {
  if (state.flippedAt !== undefined || state.version !== live) return;
  state.flippedAt = new Date().toISOString();
  state.stage = 'settling';
}

interface Beginning {
  readonly found: AwsRebuildState | undefined;
  readonly live: string;
  readonly options: AwsRebuildOptions;
}

function newRebuild({ live, options: { projection } }: Beginning): AwsRebuildState {
  const startedAt = new Date().toISOString();
  const version = `r${startedAt.replaceAll(/[^0-9]/g, '')}`;
  return {
    id: `${projection}-${version}`,
    kind: 'rebuild',
    projection,
    version,
    before: live,
    from: BEGINNING,
    startedAt,
    stage: 'tables',
    arrivals: {},
    counts: NO_COUNTS,
    seconds: 0,
  };
}

/** Rolls back the last flip: the previous tables were written until then, except for the lag of the functions. */
function rollback({ found, live, options }: Beginning): AwsRebuildState {
  const { projection, liveLagMs = LIVE_LAG_MS } = options;
  const { flippedAt, version: current, before } = found ?? {};
  if (flippedAt === undefined || before === undefined || current !== live) {
    const message = `the version before ${live} of ${projection} is unknown`;
    throw new FigtreeError('SWAP_REFUSED', message, { projection });
  }
  const startedAt = new Date().toISOString();
  return {
    id: `${projection}-${before}-again-${startedAt.replaceAll(/[^0-9]/g, '')}`,
    kind: 'rollback',
    projection,
    version: before,
    before: live,
    from: new Date(Date.parse(flippedAt) - liveLagMs).toISOString(),
    startedAt,
    stage: 'archive',
    arrivals: {},
    counts: NO_COUNTS,
    seconds: 0,
  };
}
