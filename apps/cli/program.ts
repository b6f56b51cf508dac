import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { FigtreeError } from '../../events/errors.ts';
import { addAws } from './aws-program.ts';
import { addArchive } from './archive-program.ts';
import { exitCodes, failureOf, printFailure } from './failure.ts';
import { addErase } from './erase-program.ts';
import { interrupted, watchInterruptions, type Interruption } from './interruption.ts';
import { positiveNumber, wholeNumber } from './number-options.ts';
import { addRebuild } from './rebuild-program.ts';
import { addNew } from './new-program.ts';
import { addParked } from './parked-program.ts';
import { addParity } from './parity-program.ts';
import { addSchema } from './schema-program.ts';
import { openTerminal } from './terminal.ts';
import type { CommandContext } from './command-context.ts';

/** Runs one command line and ends the process with its exit code. */
export async function runProgram(words: readonly string[]): Promise<void> {
  const interruption = watchInterruptions();
  const json = words.includes('--json');
  const terminal = openTerminal(interruption.signal, { json });
  const context: CommandContext = { terminal, interruption, json };
  const end = async (error: unknown) => {
    const failure = failureOf(error, { onAws: words[0] === 'aws' });
    await printFailure(failure, terminal, json);
    leave(failure.exitCode, interruption);
  };
  process.on('uncaughtException', (error) => void end(error));

  let exitCode: number = exitCodes.ok;
  try {
    await commandLine(context, (code) => void (exitCode = code)).parseAsync(words, { from: 'user' });
    leave(exitCode, interruption);
  } catch (error) {
    // Commander also throws for --help and --version, after it has printed them.
    if (error instanceof CommanderError && error.exitCode === 0) leave(exitCodes.ok, interruption);
    else await end(error instanceof CommanderError ? wrongUse(error) : error);
  }
}

const LEAVE_MS = 1000;

// Output to a pipe may not be written yet. After an interruption, a reader that does not read is not waited for.
function leave(exitCode: number, interruption: Interruption): void {
  const exit = () => process.exit(exitCode);
  process.stdout.write('', exit);
  void interrupted(interruption).then(() => setTimeout(exit, LEAVE_MS));
}

function wrongUse(error: CommanderError): FigtreeError {
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return new FigtreeError('REQUEST_INVALID', message === '(outputHelp)' ? 'specify a command' : message);
}

function commandLine(context: CommandContext, finished: (exitCode: number) => void): Command {
  const program = new Command('figtree')
    .description('Event-sourced feeds, relationships and search, built around a legacy monolith.')
    .version(packageJson.version)
    // A command may have a --version of its own.
    .enablePositionalOptions()
    .addHelpText('after', afterHelp)
    .exitOverride()
    // The caller prints the error, in the same form as every other.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: false });
  const run = (act: () => Promise<number>) => act().then(finished);

  addServing(program, context, run);
  addImport(program, context, run);
  addReading(program, context, run);
  addQuarantine(program, context, run);
  addRebuild(program, context, run);
  addAws(program, context, run);
  addParked(program, context, run);
  addArchive(program, context, run);
  addParity(program, context, run);
  addSchema(program, context, run);
  addErase(program, context, run);
  addNew(program, context, run);
  return program;
}

type Run = (act: () => Promise<number>) => Promise<void>;

const afterHelp = `
Environment:
  FIGTREE_DATA (folder, default .figtree), HOST, PORT, LOG_LEVEL, NO_COLOR,
  FIGTREE_FEED_LENGTH, FIGTREE_CELEBRITY_FOLLOWERS, FIGTREE_PERSON_KEYS,
  FIGTREE_PUBLISH_KEYS, FIGTREE_JWT_SECRET or FIGTREE_JWKS_URL,
  FIGTREE_JWT_ISSUER, FIGTREE_JWT_AUDIENCE, FIGTREE_JWT_EXPIRY
Exit codes:
  0 success, 1 failure, 2 usage error; 128 + n when terminated by signal n

Example:
  figtree import changes.ndjson.gz && figtree serve`;

// A command's module is loaded when it runs: `status` need not wait for the server's libraries.
function addServing(program: Command, context: CommandContext, run: Run): void {
  program
    .command('serve')
    .description('serve a data folder over HTTP and run its consumers')
    .option('--json', 'omit the banner (the log on stdout is NDJSON in any case)')
    .addHelpText('after', example('PORT=0 figtree serve'))
    .action(() => run(async () => (await import('./commands/serve.ts')).serve(context)));
  program
    .command('demo')
    .description('import the bundled sample, show the result, then serve it')
    .option('--exit', 'exit after the summary instead of serving')
    .option('--json', 'print the summary as one JSON document')
    .addHelpText('after', example('figtree demo --exit'))
    .action((options: { exit?: true }) =>
      run(async () => (await import('./commands/demo.ts')).demo({ exit: options.exit === true }, context)),
    );
}

function addImport(program: Command, context: CommandContext, run: Run): void {
  program
    .command('import')
    .description('import a file of legacy changes or events; importing it again adds nothing')
    .argument('<file>', 'NDJSON file, plain or gzip, or - for stdin')
    .addOption(
      new Option('--as <what>', 'type of the lines (default: detected from the first line)').choices([
        'legacy',
        'events',
      ]),
    )
    .option('--no-wait', 'do not wait for the projections to catch up')
    .option('--json', 'print the counts as one JSON document')
    .addHelpText(
      'after',
      example('figtree import changes.ndjson.gz', 'zcat old.gz | figtree import - --as legacy --json'),
    )
    .action((file: string, options: { as?: 'legacy' | 'events'; wait: boolean }) =>
      run(async () => (await import('./commands/import.ts')).importCommand({ file, ...options }, context)),
    );
}

function addReading(program: Command, context: CommandContext, run: Run): void {
  program
    .command('status')
    .description('show the status of the log and the projections')
    .option('--json', 'print one JSON document')
    .addHelpText('after', example('figtree status --json'))
    .action(() => run(async () => (await import('./commands/status.ts')).status(context)));
  program
    .command('tail')
    .description('print events as they are recorded, until Ctrl-C')
    .option('--type <type>', 'only events of this type (repeat for several types)', collect)
    .option('--from <position>', 'begin at this position instead of with the next event', wholeNumber)
    .option('--json', 'print whole envelopes as NDJSON, one JSON document per line')
    .addHelpText('after', example('figtree tail --type followed --type unfollowed --from 1'))
    .action((options: { type?: string[]; from?: number }) =>
      run(async () =>
        (await import('./commands/tail.ts')).tail({ types: options.type ?? [], from: options.from }, context),
      ),
    );
  program
    .command('trace')
    .description('show the whole flow caused by one request or change, in order')
    .argument('<correlation-id>', 'correlationid of any event of the flow')
    .option('--json', 'print one JSON document')
    .addHelpText('after', example('figtree trace 4bf92f3577b34da6a3ce929d0e0e4736'))
    .action((id: string) => run(async () => (await import('./commands/trace.ts')).trace(id, context)));
}

function addQuarantine(program: Command, context: CommandContext, run: Run): void {
  const load = () => import('./commands/quarantine.ts');
  const quarantine = program
    .command('quarantine')
    .description('inspect and release refused items')
    .addHelpText('after', example('figtree quarantine list'));
  quarantine
    .command('list')
    .description('list refused items, oldest first')
    .option('--limit <count>', 'maximum number of items', positiveNumber, 50)
    .option('--after <id>', 'only items after this ID', wholeNumber, 0)
    .option('--json', 'print one JSON document: { items, next }')
    .addHelpText('after', example('figtree quarantine list --limit 200'))
    .action((options: { limit: number; after: number }) =>
      run(async () => (await load()).listQuarantine(options, context)),
    );
  quarantine
    .command('show')
    .description('show a refused item with the text that was sent')
    .argument('<id>', 'ID of the item in the list', positiveNumber)
    .option('--json', 'print one JSON document')
    .addHelpText('after', example('figtree quarantine show 1'))
    .action((id: number) => run(async () => (await load()).showQuarantine(id, context)));
  quarantine
    .command('release')
    .description('submit refused items again, after the cause is fixed')
    .argument('[ids...]', 'IDs of the items in the list', collectNumbers)
    .option('--all', 'release all items in the quarantine')
    .option('--json', 'print the outcome for each item as one JSON document')
    .addHelpText('after', example('figtree quarantine release 1 2', 'figtree quarantine release --all'))
    .action((ids: number[], options: { all?: true }) =>
      run(async () => {
        const { releaseQuarantine } = await import('./commands/quarantine-release.ts');
        return releaseQuarantine({ ids, all: options.all === true }, context);
      }),
    );
}

function example(...lines: string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function collectNumbers(value: string, before: number[] = []): number[] {
  return [...before, positiveNumber(value)];
}
