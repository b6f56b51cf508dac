import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FAILING_PLAN, type FailingPlan } from '../chaos/planted/failing-plan.ts';
import { eventually } from '../../testing/cli/cli-process.ts';
import { mountSmallDisk } from '../small-disk.ts';
import type { OperatorPlace } from './operator-place.ts';
import { projectionNames } from '../../apps/projections/registry.ts';

/** How to bring about the state of a section of operations.md. */
export interface BadState {
  prepare(place: OperatorPlace): Promise<void>;
  /** What is fixed before a command, as the text says. */
  readonly before?: Readonly<Record<string, (place: OperatorPlace) => void>>;
  /** Commands may print this as well: their task was completed automatically a moment before. */
  readonly orElse?: Readonly<Record<string, string>>;
  /** Why the state itself is not made; the commands run all the same. */
  readonly notMade?: string | undefined;
}

const served: BadState = { prepare: async (place) => void (await place.serve()) };
const causeOf = ({ folder }: OperatorPlace) => join(folder, 'what-it-needs-is-broken');

/** By the title of the section. */
export const badStates: Readonly<Record<string, BadState>> = {
  'Look first': served,
  'A projection is stopped': {
    async prepare(place) {
      await serveFailing(place, { share: 1 });
      await place.post('/events', users(40));
    },
  },
  'A projection is stalled': { ...served, notMade: 'a handler that does not end would have to be written for it' },
  'A projection is behind': { ...served, notMade: 'how long it lasts depends on the machine' },
  'Events are parked': {
    async prepare(place) {
      inDatabase(join(place.data, 'log.db'), `UPDATE event SET data = 'null' WHERE position = ${BAD}`);
      removeProjection(place, 'search');
      await serveFailing(place, { key: userId(1) });
      await place.post('/events', users(1));
    },
    before: { './figtree parked redrive --error planted': (place) => rmSync(causeOf(place)) },
    orElse: { './figtree parked redrive --error planted': 'Nothing is parked.\n' },
  },
  'Something came in that cannot be taken': {
    async prepare(place) {
      await place.serve();
      const follow = { collection: 'relationships', id: 'ada000000000000000000009' };
      await place.post('/legacy/changes', change('delete', follow));
      await place.post('/legacy/changes', change('insert', { collection: 'users', id: 'ada000000000000000000003' }));
      const fields = { follower: { $oid: userId(1) }, followee: { $oid: userId(2) } };
      await place.post('/legacy/changes', change('insert', { ...follow, fields }));
    },
  },
  'The file of a projection is damaged': {
    prepare: async ({ data }) => truncateSync(join(data, 'search.db'), 100_000),
  },
  'The disk is full': {
    prepare: fillDisk,
    notMade: process.getuid?.() === 0 ? undefined : 'a small disk is mounted by root alone',
  },
  'The log grows too large': served,
  'The log is damaged or lost': {
    async prepare({ run, folder, data }) {
      await run('archive', join(folder, 'backup'));
      const log = openSync(join(data, 'log.db'), 'r+');
      writeSync(log, Buffer.alloc(4096), 0, 4096, 0);
      closeSync(log);
    },
  },
  'The folder is in use': {
    async prepare(place) {
      writeFileSync(join(place.folder, 'changes.ndjson.gz'), '');
      await place.serve();
    },
  },
  'An answer is wrong': { prepare: async () => {}, notMade: 'then Figtree would have a bug that is known' },
  'A rebuild has stopped at an event': {
    async prepare(place) {
      await place.serve();
      inDatabase(join(place.data, 'log.db'), `UPDATE event SET version = 99 WHERE position = ${BAD}`);
    },
  },
  'A rebuild runs or was interrupted': {
    async prepare(place) {
      const rebuild = place.start('rebuild', 'all', '--rate', '100');
      // The pids are written one after the other, before the work begins.
      const begun = () => (existsSync(join(place.data, 'rebuilds', 'search.pid')) ? true : undefined);
      await eventually(rebuild, begun);
    },
  },
  'A rebuild may not go live': {
    async prepare({ folder }) {
      const lines = [
        { userId: '575931f0479a289676691277', followers: 32, following: 71 },
        { userId: '56cb04ac6c4e803da12a9572', followers: 1_000_000 },
      ];
      writeFileSync(join(folder, 'legacy-relationships.ndjson'), lines.map((line) => JSON.stringify(line)).join('\n'));
    },
  },
  'A swap went wrong': {
    async prepare(place) {
      await place.run('rebuild', 'feed');
      await place.serve();
    },
  },
  'A new version is deployed': {
    async prepare(place) {
      await place.serve();
      // There is one program here. Its files are passed off as those of an older one.
      for (const name of projectionNames) {
        inDatabase(join(place.data, `${name}.db`), 'UPDATE figtree_progress SET version = version - 1');
      }
    },
  },
  'A rebuild at a limited rate': served,
  'Events were archived': {
    async prepare(place) {
      await place.serve();
      await place.run('archive', join(place.folder, 'backup'), '--trim');
    },
  },
  'A person wants to be forgotten': served,
  'The clock jumped': { ...served, notMade: 'npm run chaos sets the clock back' },
};

/** A yubl near the end of the sample. */
const BAD = 16_702;

const userId = (number: number) => `ada00000000000000000${1000 + number}`;

function users(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    specversion: '1.0',
    source: 'urn:example:operations',
    id: String(index + 1),
    type: 'user-joined',
    data: { userId: userId(index + 1), userName: `ada${index + 1}`, joinedAt: '2026-01-01T10:00:00Z' },
  }));
}

interface Changed {
  readonly collection: string;
  readonly id: string;
  readonly fields?: object;
}

function change(operationType: 'insert' | 'delete', { collection, id, fields }: Changed): object {
  const key = { _id: { $oid: id } };
  const at = { $timestamp: { t: 1_767_261_600, i: operationType === 'delete' ? 2 : 1 } };
  const fullDocument = { ...key, createdAt: { $date: '2026-01-01T10:00:00Z' }, ...fields };
  const ns = { db: 'yubl', coll: collection };
  return { operationType, ns, clusterTime: at, documentKey: key, ...(operationType === 'insert' && { fullDocument }) };
}

/** The data is on a separate full disk, if one can be mounted here. */
async function fillDisk(place: OperatorPlace): Promise<void> {
  await place.run('rebuild', 'all');
  const disk = mountSmallDisk(48 * 2 ** 20);
  if ('reason' in disk) return void (await place.serve());
  place.afterwards(disk.remove);
  cpSync(place.data, disk.folder, { recursive: true });
  chmodSync(disk.folder, 0o700);
  rmSync(place.data, { recursive: true });
  symlinkSync(disk.folder, place.data);
  await place.serve();
  disk.leave(0);
  const { status } = await place.post('/events', users(40));
  if (status !== 507) throw new Error(`a full disk was answered with ${status}`);
}

/** A server whose index-search throws while its cause exists. */
async function serveFailing(place: OperatorPlace, plan: Pick<FailingPlan, 'share' | 'key'>): Promise<void> {
  const whileThere = causeOf(place);
  writeFileSync(whileThere, '');
  const preload = new URL('../chaos/planted/failing-consumer.ts', import.meta.url);
  await place.serve({
    NODE_OPTIONS: `--import ${preload.href}`,
    [FAILING_PLAN]: JSON.stringify({ consumer: 'index-search', whileThere, ...plan } satisfies FailingPlan),
  });
}

function removeProjection({ data }: OperatorPlace, name: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `${name}.db${suffix}`), { force: true });
}

function inDatabase(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000');
  database.exec(sql);
  database.close();
}
