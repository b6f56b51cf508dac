import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../../adapters/disk/made-folder.ts';
import { isEventType } from '../../../events/catalog.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { isProjectionName } from '../../projections/definition.ts';
import { projectionNames, projections } from '../../projections/registry.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../failure.ts';
import { eventStarter } from '../starters/event.ts';
import { numbered, registeredName } from '../starters/next-steps.ts';
import { projectionStarter } from '../starters/projection.ts';
import type { Starter } from '../starters/starter.ts';
import { unwritable } from '../unwritable.ts';

export interface NewOptions {
  readonly name: string;
  /** The project to write to. Default: this one. */
  readonly folder?: string;
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** Writes the folder of a feature. Throws REQUEST_INVALID if the name is not valid or taken. */
export async function newProjection(options: NewOptions, context: CommandContext): Promise<number> {
  const { name } = options;
  requireWords(name, 'features are named like new-followers');
  const registered = registeredName(name);
  if (!isProjectionName(registered)) throw refused(`${registered} cannot be the name of a projection`);
  if (projectionNames.includes(registered)) throw refused(`there is a projection ${registered} already`);
  if (projections.some(({ api }) => api?.questions.includes(name))) throw refused(`there is a query ${name} already`);
  return await write(projectionStarter(name), options, context);
}

/** Writes the definition of an event. Throws REQUEST_INVALID if the name is not valid or taken. */
export async function newEvent(options: NewOptions, context: CommandContext): Promise<number> {
  requireWords(options.name, 'events are named like picture-shared');
  if (isEventType(options.name)) throw refused(`there is an event ${options.name} already`);
  return await write(eventStarter(options.name), options, context);
}

// A definition is a constant of this name.
const RESERVED =
  /^(await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

function requireWords(name: string, rule: string): void {
  if (RESERVED.test(name)) throw refused(`"${name}" is a word of JavaScript: ${rule}`);
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 60) return;
  throw refused(`"${name}" is not lower-case words with hyphens in between: ${rule}`);
}

async function write(
  { files, nextSteps }: Starter,
  { folder = PROJECT }: NewOptions,
  { terminal, json }: CommandContext,
): Promise<number> {
  const paths = [...files.keys()];
  const taken = paths.find((path) => existsSync(join(folder, path)));
  if (taken !== undefined) throw refused(`there is a file ${taken} already`);
  try {
    for (const [path, text] of files) {
      makeFolder(dirname(join(folder, path)));
      writeFileSync(join(folder, path), text, { flag: 'wx' });
    }
  } catch (error) {
    throw unwritable(folder, error);
  }
  if (json)
    await terminal.print(JSON.stringify({ written: paths, nextSteps: nextSteps.map((lines) => lines.join(' ')) }));
  else {
    for (const path of paths) await terminal.print(`${terminal.colors.green('written')}  ${path}`);
    await terminal.print(`\nNext:\n${numbered(nextSteps)}`);
  }
  return exitCodes.ok;
}

function refused(message: string): FigtreeError {
  return new FigtreeError('REQUEST_INVALID', message);
}
