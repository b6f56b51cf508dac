import pc from 'picocolors';
import { visibleJson, visibleLines } from '../visible-text.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Output of a command. stdout is for the result only; stderr is for everything that only people need. */
export interface Terminal {
  /** Writes a line to stdout; resolves when more may be written. */
  print(line: string): Promise<void>;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** Colours of stdout; without effect unless stdout is a terminal that supports them. */
  readonly colors: Colors;
  readonly noteColors: Colors;
  /** Width of stdout, undefined if it is no terminal: then nothing is truncated or wrapped. */
  readonly columns: number | undefined;
  /** True if stderr is a terminal: progress bars are drawn. */
  readonly interactive: boolean;
}

/** `interrupted` ends every wait for a reader. With `json`, the output is JSON. Invisible characters that could control
 *  a terminal are escaped, whatever a command prints. */
export function openTerminal(interrupted: AbortSignal, { json }: { readonly json: boolean }): Terminal {
  const { stdout, stderr } = process;
  const [coloured, noteColoured] = [wantsColors(stdout), wantsColors(stderr)];
  const visible = (text: string) => (json ? visibleJson(text) : visibleLines(text, { coloured }));
  return {
    print: (line) => written(stdout, `${visible(line)}\n`, interrupted),
    note: (line) => void stderr.write(`${visibleLines(line, { coloured: noteColoured })}\n`),
    colors: pc.createColors(coloured),
    noteColors: pc.createColors(noteColoured),
    columns: stdout.isTTY ? Math.max(40, stdout.columns || 80) : undefined,
    interactive: stderr.isTTY && process.env['TERM'] !== 'dumb',
  };
}

function wantsColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY && !NO_COLOR && TERM !== 'dumb';
}

// Waiting for a full pipe keeps the memory of an endless command flat. The wait also ends when the reader has gone (`|
// head`) or when the command is interrupted while the reader does not read (`| less`).
function written(stream: NodeJS.WriteStream, text: string, interrupted: AbortSignal): Promise<void> {
  if (stream.destroyed || stream.write(text) || interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('error', done).off('close', done);
      interrupted.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done).on('error', done).on('close', done);
    interrupted.addEventListener('abort', done);
  });
}
