import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractBreaches, portsOf } from './contract-rules.ts';
import { importCircles } from './import-circles.ts';
import { importBreaches } from './import-rules.ts';
import { deadFiles, testOnlyFiles } from './reach-rules.ts';
import { languageBreaches } from './language-rules.ts';
import { linkBreaches } from './link-rules.ts';
import { heavyStarts } from './load-rules.ts';
import { lockBreaches } from './lock-rules.ts';
import { portBreaches } from './port-rules.ts';
import { readSourceTree, type SourceTree } from './source-tree.ts';
import { sizeBreaches, wordBreaches } from './word-rules.ts';

const tree = readSourceTree(join(import.meta.dirname, '..'));

/** The project with planted files: each rule has to find them, or it would pass on anything. */
function planted(files: Readonly<Record<string, string>>): SourceTree {
  return new Map([...tree, ...Object.entries(files)]);
}

const foundBefore = new Map<(tree: SourceTree) => string[], ReadonlySet<string>>();

/** The findings of a rule in the planted files alone, whatever the current state of the project. */
function found(rule: (tree: SourceTree) => string[], files: Readonly<Record<string, string>>): string[] {
  const before = foundBefore.get(rule) ?? new Set(rule(tree));
  foundBefore.set(rule, before);
  return rule(planted(files)).filter((breach) => !before.has(breach));
}

describe('threads', () => {
  const path = 'consumers/runtime/stopping.ts';

  test.each([
    ['by an import', "import * as z from 'zod';"],
    ['by what an import imports', "import { catalog } from '../../events/catalog.ts';"],
    ['beside a type', "import { type Catalog, catalog } from '../../events/catalog.ts';"],
    ['by an export', "export { catalog } from '../../events/catalog.ts';"],
  ])('that load something heavy are found: %s', (_, source) => {
    expect(found(heavyStarts, { [path]: source })).toContainEqual(
      expect.stringMatching(/^apps\/embedded\/live\/projection-thread\.ts: loads zod by way of .*stopping\.ts/),
    );
  });

  test('that load a projection with something heavy in it are found', () => {
    const part = "import * as z from 'zod';\nexport const embeddedLikes = z;";
    const definition = "export const likes = { embedded: { version: 1, load: () => import('./embedded.ts') } };";
    const files = { 'features/likes/projection.ts': definition, 'features/likes/embedded.ts': part };
    expect(found(heavyStarts, files)).toContainEqual(
      expect.stringMatching(/^features\/likes\/embedded\.ts: loads zod/),
    );
  });

  test.each([
    ["import type { Catalog } from '../../events/catalog.ts';"],
    ["import { type Catalog, type EventType } from '../../events/catalog.ts';"],
    ["export const later = () => import('../../events/catalog.ts');"],
  ])('that do not load it pass: %s', (source) => expect(found(heavyStarts, { [path]: source })).toEqual([]));
});

describe('a server or a command line that loads an engine or something heavy', () => {
  test.each([
    ['apps/server/edge.ts', "import { a } from '../embedded/trim.ts';", 'apps/embedded/trim.ts'],
    ['apps/config.ts', "import { DatabaseSync } from 'node:sqlite';", 'node:sqlite'],
    ['apps/projections/feed.ts', "import { a } from '../aws/projections/x.ts';", 'apps/aws/projections/x.ts'],
    ['apps/cli/terminal.ts', "import * as z from 'zod';", 'zod'],
    ['apps/cli/parked-program.ts', "import { a } from '../aws/parked.ts';", 'apps/aws/parked.ts'],
  ])('is found: by way of %s', (path, source, loaded) => {
    expect(found(heavyStarts, { [path]: source })).toContainEqual(
      expect.stringContaining(`: loads ${loaded} by way of `),
    );
  });
});

describe('imports', () => {
  test('in a circle are found, also if only of types', () => {
    const files = {
      'events/here.ts': "import type { There } from './there.ts';",
      'events/there.ts': "import type { Between } from './between.ts';",
      'events/between.ts': "import { here } from './here.ts';",
      'events/aside.ts': "import { here } from './here.ts';",
    };
    expect(found(importCircles, files)).toEqual(['events/between.ts ⇄ events/here.ts ⇄ events/there.ts']);
  });

  test.each([
    [
      'a projection imports an adapter',
      'projections/feed/x.ts',
      "import { a } from '../../adapters/embedded/files/sqlite.ts';",
    ],
    ['by its type only', 'projections/feed/x.ts', "import type { A } from '../../consumers/runtime/consumer.ts';"],
    ['over several lines', 'events/x.ts', "import {\n  type A,\n} from '../ports/event-log.ts';"],
    ['by an export', 'ports/x.ts', "export * from '../producers/ingest.ts';"],
    ['by a dynamic import', 'consumers/x.ts', "const a = await import('../producers/ingest.ts');"],
    ['by an import for its effects', 'producers/x.ts', "import '../projections/follow-edge.ts';"],
    ['by a computed import', 'consumers/x.ts', 'const a = await import(name);'],
    ['by a require', 'consumers/x.ts', "const a = createRequire(import.meta.url)('x');"],
    ['as the file of a thread', 'projections/x.ts', "new Worker(new URL('../apps/embedded/x.ts', import.meta.url));"],
    [
      'an adapter imports a projection',
      'adapters/embedded/x.ts',
      "import { a } from '../../projections/follow-edge.ts';",
    ],
    ['as the file of a thread beside it', 'ports/x.ts', "new URL('contracts/x.ts', import.meta.url);"],
    ['an adapter imports another', 'adapters/embedded/x.ts', "import { a } from '../aws/x.ts';"],
    ['an app imports a contract', 'apps/x.ts', "import { a } from '../ports/contracts/event-log.contract.ts';"],
    ['SQLite outside of the adapter', 'projections/x.ts', "import { DatabaseSync } from 'node:sqlite';"],
    ['the disk outside of the adapter', 'consumers/x.ts', "import { readFile } from 'node:fs/promises';"],
    ['a package where none is allowed', 'ports/x.ts', "import * as z from 'zod';"],
    ['the environment outside of apps', 'producers/x.ts', "export const port = process.env['PORT'];"],
    ['a folder without a rule', 'somewhere/x.ts', 'export const a = 1;'],
    ['an adapter imports what only tests share', 'adapters/aws/x.ts', "import { a } from '../../testing/aws/x.ts';"],
    ['an app imports what only tests share', 'apps/server/x.ts', "import { a } from '../../testing/server/x.ts';"],
    ['the server imports one engine', 'apps/server/x.ts', "import { a } from '../embedded/open-engine.ts';"],
    ['one engine imports the other', 'apps/embedded/x.ts', "import { a } from '../aws/settings.ts';"],
    [
      'an engine imports the adapter of the other',
      'apps/aws/x.ts',
      "import { a } from '../../adapters/embedded/x.ts';",
    ],
    ['the pages of the catalog import an engine', 'apps/catalog-site/x.ts', "import { a } from '../embedded/x.ts';"],
    ['a comparison imports an engine by its type', 'apps/parity/x.ts', "import type { A } from '../embedded/x.ts';"],
    ['a command imports an engine', 'apps/cli/commands/x.ts', "import { a } from '../../embedded/trim.ts';"],
    ['a command imports a type of an adapter', 'apps/cli/x.ts', "import type { A } from '../../adapters/aws/x.ts';"],
    ['a command loads an engine when it is asked', 'apps/cli/x.ts', "const a = await import('../aws/open-aws.ts');"],
    ['what all apps share imports one of them', 'apps/x.ts', "import { a } from './cli/terminal.ts';"],
    ['a protocol of threads imports the disk', 'apps/threads/x.ts', "import { rmSync } from 'node:fs';"],
    ['what waits and retries imports Figtree', 'resilience/x.ts', "import { a } from '../events/envelope.ts';"],
    [
      'what waits and retries uses timers that no test can replace',
      'resilience/x.ts',
      "import { setTimeout } from 'node:timers/promises';",
    ],
    ['an adapter waits on its own', 'adapters/embedded/x.ts', "import { setImmediate } from 'node:timers/promises';"],
    ['an app waits on its own', 'apps/x.ts', "import { setTimeout as sleep } from 'timers/promises';"],
    ['a port imports what waits and retries', 'ports/x.ts', "import { a } from '../resilience/retry.ts';"],
    ['what engines share imports an app', 'engine/x.ts', "import { a } from '../apps/config.ts';"],
    ['what ships imports a test', 'apps/x.ts', "import { a } from './x.test.ts';"],
  ])('a breach is found: %s', (_, path, source) => {
    expect(found(importBreaches, { [path]: source })).toEqual([expect.stringContaining(`${path}: `)]);
  });

  test('what is allowed passes', () => {
    const files = {
      'consumers/x.ts': "import type { A } from '../projections/follow-edge.ts';\n// copied from 'somewhere'\n",
      'adapters/embedded/x.ts': "import { DatabaseSync } from 'node:sqlite';",
      'projections/x.test.ts': "import { a } from '../adapters/embedded/files/sqlite.ts';",
      'apps/cli/commands/x.ts': "import { a } from '../engines/x.ts';",
      'apps/cli/engines/x.ts': "import { a } from '../../embedded/open-engine.ts';\nimport { b } from '../x.ts';",
      'apps/aws/x.ts': "import { a } from '../../adapters/aws/s3/x.ts';\nconst port = process.env['PORT'];",
    };
    expect(found(importBreaches, files)).toEqual([]);
  });
});

describe('files', () => {
  test('a dead one is found, also if it imports or is named by another dead one', () => {
    const files = { 'ports/x.ts': "import './y.ts';", 'ports/y.ts': "import './x.ts';" };
    expect(found(deadFiles, files)).toEqual(['ports/x.ts', 'ports/y.ts']);
  });

  test('one that ships and that only tests, benchmarks and models use is found', () => {
    const files = {
      'consumers/x.ts': "import './y.ts';",
      'consumers/y.ts': '',
      'engine/x.ts': '',
      'projections/x.model.ts': "import '../consumers/x.ts';",
      'consumers/x.test.ts': "import './x.ts';",
      'bench/x.ts': "import '../engine/x.ts';\nimport '../projections/x.model.ts';",
    };
    expect(found(testOnlyFiles, files)).toEqual(['consumers/x.ts', 'consumers/y.ts', 'engine/x.ts']);
    const started = { ...files, 'apps/lambda/x.ts': "import '../../consumers/x.ts';\nimport '../../engine/x.ts';" };
    expect(found(testOnlyFiles, started)).toEqual([]);
  });

  test('one that is too large is found', () => {
    const files = {
      'events/x.ts': '\n'.repeat(301),
      'events/x.test.ts': '\n'.repeat(501),
      'ports/x.ts': '\n'.repeat(300),
    };
    expect(found(sizeBreaches, files)).toHaveLength(2);
  });
});

describe('words', () => {
  test.each([
    ['events/x.ts', 'export const EventManager = 1;'],
    ['events/x.ts', 'interface IEventLog {}'],
    ['events/x.ts', 'class BaseEvent {}'],
    ['events/x.ts', 'function openLogImpl() {}'],
    ['events/x.ts', '// TODO later'],
    ['events/x.ts', 'const a = b as any;'],
    ['events/x.ts', '// @ts-ignore'],
    ['events/x.ts', '// oxlint-disable-next-line max-lines'],
    ['events/utils.ts', ''],
    ['ports/types.ts', ''],
    ['ports/helpers/a.ts', ''],
    ['events/x.test.ts', "describe.only('a', () => {});"],
    ['events/x.test.ts', "test.skip('a', () => {});"],
    ['events/x.test.ts', "test('it should work', () => {});"],
    ['docs/x.md', 'see /home/ann/figtree'],
    ['docs/x.md', 'npm from https://registry.example.org/'],
  ])('a breach is found: %s %s', (path, source) => {
    expect(found(wordBreaches, { [path]: source })).toEqual([expect.stringMatching(path)]);
  });
});

describe('the language', () => {
  test.each([
    ['events/x.ts', '/** Gives the name. */'],
    ['events/x.ts', '/** The name.\n *  Of several names the first. */'],
    ['events/x.ts', 'f();\n// It waits.\n// That it is late is known.\n'],
    ['events/x.ts', 'const a = 1; // as he wrote it'],
    ['testing/x.ts', '// It waits for ever.'],
    ['adapters/aws/s3/x.ts', '/** For whoever reads it. */'],
    ['consumers/x.ts', '// Whose key is stopped waits.'],
    ['consumers/x.ts', '/** The limit. So many are read at once. */'],
    ['consumers/x.ts', '// Unless somebody waits.'],
    ['apps/x.ts', '// One line tells of all failures.'],
    ['engine/x.ts', '// It has not got on since.'],
    ['bench/x.ts', '// The same batch comes again.'],
    ['ports/x.ts', '/** Takes an event out for good. */'],
    ['replay/x.ts', '// Ends after the commit in hand.'],
    ['adapters/aws/x.ts', '// The lock cannot be had.'],
    ['resilience/x.ts', '// It had better wait.'],
    ['docs/x.md', 'A user and his yubls.'],
    ['docs/x.md', '- The search goes on.'],
    ['events/x.test.ts', "test('nobody follows himself', () => {});"],
    ['events/x.test.ts', 'describe("a page", () => {\n  it(`gives what is asked for`, async () => {});\n});'],
    ['events/x.test.ts', "test.each([\n  ['a', f(1)],\n])(\n  'what %s gives comes again',\n  (of) => {},\n);"],
    ['events/x.test.ts', "describe.skipIf(reason)('a file that cannot be had', () => {});"],
    ['ports/contracts/x.contract.ts', "    test('goes on behind it', () => {});"],
  ])('a breach is found: %s %s', (path, source) => {
    expect(languageBreaches(new Map([[path, source]]))).toEqual([expect.stringContaining(`${path}:`)]);
  });

  test('strings, quotations, examples and unfinished folders pass', () => {
    const files = {
      'events/x.ts': 'const text = \'what he said\'; // "he" is `his`\n/* That is all. */\n',
      'docs/x.md': '```\nhe saved u\n```\n',
      'somewhere/x.ts': '// Gives what he wrote.',
      'events/x.test.ts': "test('gives up after three', () => {\n  expect(of('his')).toBe('her');\n});",
    };
    expect(languageBreaches(new Map(Object.entries(files)))).toEqual([]);
  });
});

describe('contracts', () => {
  test('are asked of ports and not of what ports hand over', () => {
    const ports = portsOf(tree).map((port) => port.path);
    expect(ports).toContain('ports/event-log.ts');
    expect(ports).not.toContain('ports/page.ts');
  });

  const port = 'export interface Clock {\n  now(): number;\n}\n';
  const adapter =
    "import type { Clock } from '../../ports/clock.ts';\nexport const clock: Clock = { now: Date.now };\n";
  const contract =
    "import type { Clock } from '../clock.ts';\nexport function clockContract(open: () => Clock): void {}\n";
  const call = "import { clockContract } from '../../ports/contracts/clock.contract.ts';\n";

  test('a port without a contract is found', () => {
    const files = { 'ports/clock.ts': port, 'adapters/sundial/clock.ts': adapter };
    expect(found(contractBreaches, files)).toEqual([
      'adapters/sundial implements ports/clock.ts, which no contract covers',
    ]);
  });

  test('a contract that an adapter does not call is found', () => {
    const files = {
      'ports/clock.ts': port,
      'adapters/sundial/clock.ts': adapter,
      'ports/contracts/clock.contract.ts': contract,
      'adapters/sundial/clock.test.ts': call,
    };
    expect(found(contractBreaches, files)).toEqual([
      'adapters/sundial implements ports/clock.ts, and no test there calls ports/contracts/clock.contract.ts',
    ]);
    const called = { ...files, 'adapters/sundial/clock.test.ts': `${call}clockContract(() => clock);\n` };
    expect(found(contractBreaches, called)).toEqual([]);
  });
});

describe('ports', () => {
  test.each([
    ['export function now(): number {\n  return Date.now();\n}\n'],
    ['async function now() {}'],
    ['export const now = () => Date.now();'],
    ['const clock: Clock = {\n  now: Date.now,\n  later(at) {\n    return at;\n  },\n};\n'],
    ['export const START = Date.now();'],
    ['export class Clock {}'],
    ["export { now } from '../resilience/clock.ts';"],
  ])('that do something are found: %s', (source) => {
    expect(found(portBreaches, { 'ports/x.ts': source })).toEqual([expect.stringMatching(/^ports\/x\.ts: /)]);
  });

  test('that declare pass, and so do their contracts', () => {
    const declared = [
      "import type { Page } from './page.ts';",
      '/** now() */',
      'export interface Clock {\n  now(): number;\n  onTick(listener: () => void): () => void;\n}\n',
      'export type Fold<Known> = (before: Known) => Known;',
      "export const hands = ['hours', 'minutes'] as const;",
      'export const HOURS_MAX = 24;',
    ].join('\n');
    const contract = 'export function clockContract(): void {}';
    expect(found(portBreaches, { 'ports/x.ts': declared, 'ports/contracts/x.contract.ts': contract })).toEqual([]);
  });
});

describe('the lock file', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`;
  const lock = (packages: object) => JSON.stringify({ packages });

  test('a gap and a host are found', () => {
    const optionalDependencies = { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' };
    const complete = {
      '': { optionalDependencies },
      'node_modules/tool': { optionalDependencies, integrity },
      'node_modules/tool-linux': { integrity },
      'node_modules/tool-darwin': { integrity },
      'node_modules/tool/node_modules/tool-darwin': { integrity },
    };
    const gap = { '': { optionalDependencies }, 'node_modules/tool-linux': { integrity } };
    const host = { 'node_modules/tool': { resolved: 'https://example.org/tool.tgz', integrity } };
    expect(lockBreaches(lock(complete))).toEqual([]);
    expect(lockBreaches(lock(gap))).toEqual([': lacks its optional package tool-darwin']);
    expect(lockBreaches(lock(host))).toEqual(['names the host of a registry']);
  });

  test('a package without a strong digest is found, wherever it lies', () => {
    const packages = { '': {}, 'node_modules/a': {}, 'node_modules/a/node_modules/b': { integrity: 'sha1-AAAA' } };
    expect(lockBreaches(lock(packages))).toEqual([
      'node_modules/a: has no SHA-512',
      'node_modules/a/node_modules/b: has no SHA-512',
    ]);
  });

  test('an undecided install script is found', () => {
    const packages = { '': { hasInstallScript: true }, 'node_modules/@a/b': { integrity, hasInstallScript: true } };
    expect(lockBreaches(lock(packages))).toEqual(['node_modules/@a/b: has an install script']);
    for (const allowed of [true, false]) {
      expect(lockBreaches(lock(packages), JSON.stringify({ allowScripts: { '@a/b': allowed } }))).toEqual([]);
    }
  });
});

describe('documents', () => {
  test('a link and a named file that are not there are found', () => {
    const text =
      'See [a](decisions/0001-x.md), [b](../README.md#top), [c](https://example.org/x.md) and `ports/gone.ts`.';
    const exists = (path: string) => path === 'README.md';
    expect(linkBreaches(new Map([['docs/a.md', text]]), exists)).toEqual([
      'docs/a.md: there is no docs/decisions/0001-x.md',
      'docs/a.md: there is no ports/gone.ts',
    ]);
  });
});
