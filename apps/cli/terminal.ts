import pc from 'picocolors';
import { visibleJson, visibleLines } from '../visible-text.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Where a command's answer goes. stdout takes the answer and nothing else; stderr takes what is only for a person. */
export interface Terminal {
  /** Writes a line to stdout; resolves when more may be written. */
  print(line: string): Promise<void>;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** Colours of stdout; all of them do nothing unless stdout is a terminal that wants them. */
  readonly colors: Colors;
  readonly noteColors: Colors;
  /** Width of stdout, undefined if it is no terminal: then nothing is cut or wrapped to fit. */
  readonly columns: number | undefined;
  /** True if stderr is a terminal: progress bars are drawn. */
  readonly interactive: boolean;
}

/** `interrupted` ends every wait for a reader. With `json`, what is printed is JSON. Whatever a command prints, no character
 *  gets out that is not seen and all the same does something to a terminal. */
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

// Waiting for a full pipe keeps the memory of an endless command flat. The wait ends as well when the reader has gone away
// (`| head`) or when the command is to end while the reader takes nothing (`| less`).
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
