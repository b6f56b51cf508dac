import { joinProgressBoard, type SharedBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { CatalogFacts } from '../../../schema-registry/event-facts.ts';
import type { LogLevel } from '../../config.ts';
import { openLogger } from '../../log-lines.ts';
import { joinHost } from '../../threads/joining.ts';
import type { ProjectionSettings } from '../projection.ts';
import { openThreadReading } from '../thread-reading.ts';
import { type OpenedVersion, openVersion, type ProjectionWriter, type WrittenVersion } from './projection-writer.ts';

/** Input of a thread that writes projections. */
export interface ProjectionThreadData {
  readonly versions: readonly WrittenVersion[];
  readonly logPath: string;
  readonly board: SharedBoard;
  readonly settings: ProjectionSettings;
  /** The schemas themselves are loaded on demand. */
  readonly facts: CatalogFacts;
  readonly logger: { readonly level: LogLevel; readonly destination: 1 | 2 };
}

/** Notifications from the thread. */
export type ProjectionListener = {
  leavesSystem(name: ProjectionName): void;
  damaged(found: { readonly name: ProjectionName; readonly reason: string }): void;
};

/** The methods of a writer. */
export type Command = keyof ProjectionWriter;

export interface WriterCall {
  readonly projection: ProjectionName;
  readonly method: Command;
  readonly argument: unknown;
}

const host = joinHost<ProjectionListener, ProjectionThreadData>();
const { versions, logPath, settings, facts, ...data } = host.input;

const board = joinProgressBoard(data.board);
const logger = openLogger({ ...data.logger, personalNames: () => facts.personalNames });
const reading = openThreadReading({ facts, logPath });
// All of them before any is started: an effect of the first must not happen again whenever another one cannot be opened.
const opened = new Map<ProjectionName, OpenedVersion>();
for (const version of versions) {
  const { name } = version;
  const damaged = (reason: string) => host.tell('damaged', { name, reason });
  const surroundings = { board, logPath, reading, settings, facts, logger: logger.child(name), damaged };
  opened.set(name, await openVersion(version, surroundings));
}
const writers = new Map([...opened].map(([name, version]) => [name, version.start()] as const));

const stops = new Map<ProjectionName, Promise<void>>();
const methods = {
  write({ projection, method, argument }: WriterCall): unknown {
    const writer = writers.get(projection);
    if (writer === undefined) throw new Error(`this thread does not write ${projection}`);
    return writer[method](argument as never);
  },
  stopOne(name: ProjectionName): Promise<void> {
    const stopped = stops.get(name) ?? writers.get(name)?.stop() ?? Promise.resolve();
    stops.set(name, stopped);
    return stopped;
  },
  async stop(): Promise<void> {
    await Promise.all([...writers.keys()].map(methods.stopOne));
    await reading.log.close();
  },
};
host.serve(methods);
for (const [name, { leavesSystem }] of opened) if (leavesSystem) host.tell('leavesSystem', name);

export type ProjectionThread = typeof methods;
