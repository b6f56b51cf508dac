import { formatCount } from './text-format.ts';
import type { Terminal } from './terminal.ts';

/** Bars on stderr, one per line. */
export interface ProgressBars {
  /** Adds a bar at the bottom. */
  add(label: string): ProgressBar;
  /** Removes them from the screen. */
  stop(): void;
}

export interface ProgressBar {
  /** If `total` is unknown (undefined), only `note` is shown. */
  update(value: number, total: number | undefined, note: string): void;
}

/** Draws nothing unless stderr is a terminal; then the library is not even loaded. */
export async function openProgressBars(terminal: Terminal): Promise<ProgressBars> {
  if (!terminal.interactive) return { add: () => ({ update: () => {} }), stop: () => {} };
  const { MultiBar } = (await import('cli-progress')).default;
  const { cyan, dim } = terminal.noteColors;
  // The longest one so far: all bars have the same width, and never grow again.
  let noteLength = 22;
  const bars = new MultiBar({
    stream: process.stderr,
    hideCursor: true,
    gracefulExit: false,
    linewrap: false,
    clearOnComplete: true,
    emptyOnZero: true,
    format: (_options, params, payload: Payload) => {
      const label = payload.label.padEnd(14);
      const note = dim(payload.note);
      if (payload.unknown) return `  ${label} ${note}`;
      const share = Math.min(1, params.progress);
      noteLength = Math.max(noteLength, payload.note.length);
      const width = barWidth(process.stderr.columns || 80, noteLength);
      const full = Math.round(share * width);
      const percent = `${Math.floor(share * 100)}%`.padStart(4);
      return `  ${label} ${cyan('█'.repeat(full))}${dim('░'.repeat(width - full))} ${percent}  ${note}`;
    },
  });
  // Restores the cursor even if the process ends early.
  const restore = () => bars.stop();
  process.once('exit', restore);

  return {
    add(label) {
      const bar = bars.create(1, 0, { label, note: '', unknown: true } satisfies Payload);
      return {
        update(value, total, note) {
          if (total !== undefined) bar.setTotal(Math.max(total, 1));
          const done = total === 0 ? 1 : value;
          bar.update(done, { label, note, unknown: total === undefined } satisfies Payload);
        },
      };
    },
    stop() {
      process.off('exit', restore);
      bars.stop();
    },
  };
}

interface Payload {
  readonly label: string;
  readonly note: string;
  readonly unknown: boolean;
}

// Beside the bar are its label, the percentage and blanks.
function barWidth(columns: number, noteLength: number): number {
  return Math.max(5, Math.min(40, columns - 26 - noteLength));
}

/** `12,345 of 16,712`, with equal widths so that it does not jump. */
export function ofTotal(value: number, total: number): string {
  const whole = formatCount(total);
  return `${formatCount(value).padStart(whole.length)} of ${whole}`;
}
