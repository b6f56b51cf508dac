import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { openSqliteEventLogReader } from '../../adapters/embedded/log/event-log-reader.ts';
import { type Audit, auditFile } from '../../adapters/embedded/projection/audit.ts';
import { openProjectionKeys } from '../../adapters/embedded/projection/keys.ts';
import { openProjectionProgress } from '../../adapters/embedded/projection/progress.ts';
import { scrubProjection } from '../../adapters/embedded/projection/scrubbing.ts';
import type { EmbeddedProjection } from '../../apps/embedded/projection.ts';
import type { ParityRules } from '../../apps/parity/rules.ts';
import type { ProjectionDefinition } from '../../apps/projections/definition.ts';
import { catalogPersonalWords } from '../../consumers/runtime/catalog-personal-words.ts';
import type { Log } from '../../consumers/runtime/consumer.ts';
import { inCurrentVersions } from '../../consumers/runtime/current-versions.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { type Past, pastOf } from '../../replay/causes.ts';
import { foldLog } from '../../replay/fold-log.ts';
import { catalogUpcasters } from '../../schema-registry/catalog-upcasters.ts';
import { applyLog, SETTINGS } from './applied-log.ts';
import { randomLog } from './replayed-consumers.ts';
import { openLiveReaders } from '../../apps/embedded/live/live-readers.ts';
import { openLogger } from '../../apps/logger.ts';

const SEED = 7;
const EVENTS = 600;
const KEYS_ASKED = 200;
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Words that nobody else has, of a user who leaves. */
const LEAVER = { userName: 'zephyrine_quillfeather', firstName: 'Zephyrinella', lastName: 'Quillfeatherstone' };
const LEAVERS_TEXT = 'Marzipanweather nowherelandish #Zabaglioneville';
const STAYERS_TEXT = 'A #sunny day in the #Park';

/** What a definition lacks on this engine, in words; nothing if it is whole. Its parts are tried on a made-up history of every
 *  event of the catalog, in files in the folder. */
export async function embeddedBreaches(definition: ProjectionDefinition, folder: string): Promise<string[]> {
  const part = await definition.embedded.load();
  const logPath = await contractLog(folder);
  const path = join(folder, `${definition.name}.db`);
  const head = await headOf(logPath);
  const applied = { logPath, path, replayId: 'contract', onError: 'park' } as const;
  // The last event is that the user leaves: by then their words are in the file.
  const before = await applyLog(part, { ...applied, upTo: head - 1 });
  const checkpoint = await applyLog(part, applied);
  const given: Given = { definition, part, logPath, path, head };
  return [
    ...(before === head - 1 && checkpoint === head ? [] : [`its checkpoint is ${checkpoint} after ${head} events`]),
    ...versionBreaches(given),
    ...auditBreaches(given),
    ...(await rebuildBreaches(given)),
    ...(await readingBreaches(given)),
    ...(await liveBreaches(given)),
    ...(await erasureBreaches(given)),
  ];
}

interface Given {
  readonly definition: ProjectionDefinition;
  readonly part: EmbeddedProjection;
  readonly logPath: string;
  readonly path: string;
  readonly head: number;
}

async function contractLog(folder: string): Promise<string> {
  const path = await randomLog(join(folder, 'log'), { seed: SEED, events: EVENTS });
  const file = openLogFile(path);
  const [user, yubl, other] = ['a'.repeat(24), 'b'.repeat(24), 'c'.repeat(24)];
  const joinedAt = '2016-02-22T07:02:00.000Z';
  const about = { partitionkey: user, subject: user };
  await file.log.append([
    sampleEvent({ type: 'user-joined' }, { ...about, data: { userId: user, ...LEAVER, joinedAt } }),
    sampleEvent(
      { type: 'yubl-posted' },
      {
        partitionkey: yubl,
        subject: yubl,
        data: { yublId: yubl, authorId: user, text: LEAVERS_TEXT, postedAt: joinedAt },
      },
    ),
    sampleEvent(
      { type: 'yubl-posted' },
      {
        partitionkey: other,
        subject: other,
        data: { yublId: other, authorId: other, text: STAYERS_TEXT, postedAt: joinedAt },
      },
    ),
    sampleEvent({ type: 'user-left' }, { ...about, data: { userId: user } }),
  ]);
  await file.close();
  return path;
}

async function headOf(logPath: string): Promise<number> {
  const log = openSqliteEventLogReader(logPath);
  const head = await log.head();
  await log.close();
  return head;
}

function versionBreaches({ definition, path }: Given): string[] {
  const progress = openProjectionProgress(path);
  const { version, parked } = progress.progress();
  progress.close();
  const { version: said } = definition.embedded;
  return [
    ...(version === said ? [] : [`its file has version ${version}, the definition says ${said}`]),
    ...(parked === 0 ? [] : [`it parked ${parked} events`]),
  ];
}

function auditBreaches({ part, path }: Given): string[] {
  const { broken, counts, digest } = auditFile(path, part.audit);
  const compared = auditFile(path, part.audit, false);
  return [
    ...broken.map((what) => `its audit finds: ${what}`),
    ...(Object.values(counts).some((count) => count > 0) ? [] : ['its audit counts nothing']),
    ...(compared.digest === digest ? [] : ['its audit gives another digest when it is not thorough']),
    ...(digest === NOTHING_DIGESTED ? ['its audit digests nothing'] : []),
  ];
}

// SHA-256 of nothing, as long as a digest is.
const NOTHING_DIGESTED = 'e3b0c44298fc1c149afbf4c8996fb924';

/** What is built anew, in memory if it can be, answers as what was applied before. */
async function rebuildBreaches(given: Given): Promise<string[]> {
  const { part, logPath, path, head } = given;
  const builtPath = path.replace(/\.db$/, '-built.db');
  const built = part.build?.(SETTINGS);
  if (built === undefined) {
    await applyLog(part, { logPath, path: builtPath, replayId: 'again' });
    return sameAudits(part, path, builtPath);
  }
  const upcasters = catalogUpcasters();
  const log = inCurrentVersions(openSqliteEventLogReader(logPath), upcasters);
  const { position } = await foldLog({
    consumers: built.consumers,
    log,
    upcasters,
    logger: silent,
    personal: catalogPersonalWords(),
    replayId: 'contract',
    upTo: head,
    isFull: () => false,
    onPage: () => {},
  });
  await log.close();
  built.build.write(builtPath, position);
  return sameAudits(part, path, builtPath);
}

function sameAudits(part: EmbeddedProjection, path: string, builtPath: string): string[] {
  const [one, other] = [auditFile(path, part.audit), auditFile(builtPath, part.audit)];
  const same = ({ digest, broken, position }: Audit) => JSON.stringify([digest, broken, position]);
  return same(one) === same(other) ? [] : ['what is built anew differs from what was applied event by event'];
}

/** Its keys are known to its reader, its questions are answered, its answers compared and explained. */
async function readingBreaches({ definition, part, logPath, path, head }: Given): Promise<string[]> {
  const keys = openProjectionKeys(path, part.keys);
  const all = [...keys.all()];
  const counted = keys.count();
  keys.close();
  const reader = part.openReader({ path, feedLength: SETTINGS.feedLength });
  const log = inCurrentVersions(openSqliteEventLogReader(logPath), catalogUpcasters());
  const explainer = await part.explainer();
  try {
    const past = pastOf(log, () => head);
    const rules = await definition.parity?.();
    const asked = all.slice(0, KEYS_ASKED).map((key) => rules?.questionOf?.(key) ?? key);
    const explained = await explainer.explain(
      { path, reader, log, past, feedLength: SETTINGS.feedLength, position: () => head },
      { words: asked.slice(0, 1), limit: 3 },
    );
    return [
      ...(all.length > 0 && counted === all.length ? [] : [`it has ${all.length} keys and counts ${counted}`]),
      ...(rules === undefined ? [] : await parityBreaches(rules, { reader, past, asked })),
      ...(explained.explanations.length > 0 || explained.note !== undefined ? [] : ['it explains nothing']),
      ...(await questionBreaches(definition, reader, [...asked, ...(await idsIn(log))])),
    ];
  } finally {
    await reader.close();
    await log.close();
  }
}

interface AskedReader {
  readonly reader: object;
  readonly past: Past;
  readonly asked: readonly string[];
}

async function parityBreaches(rules: ParityRules, { reader, past, asked }: AskedReader): Promise<string[]> {
  const ours = rules.compare(reader, past, SETTINGS.feedLength);
  const questions = asked.filter((question) => question !== '');
  const known = await Promise.all(questions.map((question) => ours.knows(question)));
  return [
    ...(known.some(Boolean) ? [] : ['its reader knows none of its keys']),
    ...('error' in rules.answerOf(17, { key: 'k' }) ? [] : ['it takes a number for an answer of another system']),
  ];
}

/** A server's reader answers as the file's own one does, also after a swap. */
async function liveBreaches(given: Given): Promise<string[]> {
  try {
    const [own, ...live] = await liveAnswers(given);
    return live.every((answers) => answers === own) ? [] : ['its live reader answers otherwise than its own one'];
  } catch (error) {
    return [`its live reader fails: ${(error as Error).message}`];
  }
}

/** What its own reader answers, the live one, and the live one after a swap. */
async function liveAnswers({ definition: { name, ...definition }, part, path }: Given): Promise<string[]> {
  const answers = Object.values((await definition.api?.answers()) ?? {});
  const keys = openProjectionKeys(path, part.keys);
  const asked = { key: [...keys.all()][0] ?? 'c'.repeat(24), limit: 5 };
  keys.close();
  const ask = async (reader: object) =>
    JSON.stringify(await Promise.all(answers.map((answer) => answer(reader, asked))));
  const readers = await openLiveReaders({
    projections: [{ name, ...definition }],
    paths: new Map([[name, path]]),
    feedLength: SETTINGS.feedLength,
    board: { position: () => 0 },
    logger: openLogger({ level: 'silent', destination: 2 }),
    failed: () => {},
  });
  const own = part.openReader({ path, feedLength: SETTINGS.feedLength });
  try {
    const [expected, before] = [await ask(own), await ask(readers.of(name))];
    await (await readers.prepare(new Map([[name, path]]))).take();
    return [expected, before, await ask(readers.of(name))];
  } finally {
    await own.close();
    await readers.close();
  }
}

/** What a client may have for a key: the subjects and partition keys of the first events. */
async function idsIn(log: ReturnType<typeof openSqliteEventLogReader>): Promise<string[]> {
  const { events } = await log.read({ after: 0, limit: EVENTS });
  return [...new Set(events.flatMap(({ subject, partitionkey }) => [subject, partitionkey]))];
}

async function questionBreaches(
  { api }: ProjectionDefinition,
  reader: object,
  keys: readonly string[],
): Promise<string[]> {
  if (api === undefined) return [];
  const answers = await api.answers();
  const breaches: string[] = [];
  for (const what of api.questions) {
    const answer = answers[what] ?? (async () => undefined);
    let answered = false;
    // Not every key is one that this question takes.
    const found = (key: string) => answer(reader, { key, limit: 5 }).catch(() => undefined);
    for (const key of keys) answered ||= (await found(key)) !== undefined;
    if (!answered) breaches.push(`nothing answers ${what}`);
  }
  const unasked = Object.keys(answers).filter((what) => !api.questions.includes(what));
  breaches.push(...unasked.map((what) => `${what} is not among its questions`));
  if (typeof (await api.routes()) !== 'function') breaches.push('it has no routes');
  return breaches;
}

/** Nothing of a user who left stays in its file once that was scrubbed. */
async function erasureBreaches({ part, path }: Given): Promise<string[]> {
  await scrubProjection(path, part.tidying);
  const bytes = ['', '-wal'].map((end) =>
    readIfThere(path + end)
      .toString('latin1')
      .toLowerCase(),
  );
  // An index holds single words.
  const words = [...Object.values(LEAVER), ...LEAVERS_TEXT.split(/[ #]+/)].flatMap((text) =>
    text.toLowerCase().split('_'),
  );
  const left = words.filter((word) => bytes.some((text) => text.includes(word)));
  return left.map((word) => `its file still says "${word}" of a user who left`);
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
