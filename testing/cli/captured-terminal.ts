import pc from 'picocolors';
import type { CommandContext } from '../../apps/cli/command-context.ts';

/** A context for a command that runs in the test's own process, and its output. */
export function capturedTerminal({ json = false } = {}): { context: CommandContext; lines: string[] } {
  const lines: string[] = [];
  const colors = pc.createColors(false);
  const context: CommandContext = {
    terminal: {
      print: async (line) => void lines.push(line),
      note: () => {},
      colors,
      noteColors: colors,
      columns: undefined,
      interactive: false,
    },
    interruption: { signal: new AbortController().signal, exitCode: () => undefined },
    json,
  };
  return { context, lines };
}
