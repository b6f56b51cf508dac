import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { answerAsked, type Answer } from './asking.ts';
import { kinesalite } from './kinesalite-server.ts';
import { removeLeftovers } from './leftovers.ts';
import { openSearch } from './opensearch-server.ts';
import { pythonWithPackages } from './python-packages.ts';
import { miniStack } from './python-servers.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { clientConfig, targetOf, type Target } from './target.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly awsTarget: Target;
  }
}

const SERVERS: Readonly<Record<string, string>> = {
  ministack: 'MiniStack (DynamoDB, Kinesis, SNS, SQS, S3)',
  kinesalite: 'kinesalite (Kinesis)',
  opensearch: 'OpenSearch',
};

/** Creates the run's folder and waits for the questions of its test files. A server is started when the first of them
 *  asks for it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'figtree-aws-'));
  const target = targetOf(process.env, { folder, prefix: `figtree-test-${randomBytes(4).toString('hex')}-` });
  const servers: ServerProcess[] = [];
  let python: ReturnType<typeof pythonWithPackages> | undefined;
  const stopAnswering = answerAsked(folder, async (name) => {
    const start = startOf(name, { folder, servers, python: () => (python ??= pythonWithPackages()) });
    const answer = await start.catch((error: unknown): Answer => ({ failed: messageOf(error) }));
    const why = 'missing' in answer ? answer.missing : 'failed' in answer ? answer.failed : undefined;
    const strict = 'failed' in answer && target.strict;
    if (why !== undefined) say(`${SERVERS[name] ?? name} is ${strict ? 'not there' : 'skipped'}: ${why}`);
    return answer;
  });
  project.provide('awsTarget', target);
  const { kind, endpoint, region, prefix } = target;
  if (kind !== 'emulators') say(`uses ${endpoint ?? `the account in ${region}`}; all names begin with ${prefix}`);
  return async () => {
    stopAnswering();
    const left = kind === 'emulators' ? [] : await removeLeftovers(clientConfig(target), prefix);
    for (const line of left) say(`could not remove ${line}`);
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  };
}

interface Run {
  readonly folder: string;
  readonly servers: ServerProcess[];
  readonly python: () => Promise<string | undefined>;
}

async function startOf(name: string, { folder, servers, python }: Run): Promise<Answer> {
  const command = await commandOf(name, folder, python);
  if ('missing' in command) return command;
  const server = await startServer(command, folder);
  servers.push(server);
  return { endpoint: server.endpoint };
}

async function commandOf(name: string, folder: string, withPackages: Run['python']) {
  if (name === 'opensearch') return openSearch(folder);
  if (name === 'kinesalite') return kinesalite(folder);
  const python = await withPackages();
  if (python === undefined) return { missing: 'there is no Python 3 with venv' };
  return miniStack(python, folder);
}

function say(line: string): void {
  process.stderr.write(`test:aws: ${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
