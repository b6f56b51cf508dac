/** Memory for bodies that are being received and processed. It is charged by received bytes, not by announced ones, so
 *  a stalled upload takes no memory from others beyond what it has sent. */
export interface UploadMemory {
  /** `caller` owns the upload; a caller gets at most `callerMax` of the memory. */
  open(caller: string | undefined): UploadShare;
}

export interface UploadShare {
  /** Resolves once this upload may hold this many bytes in total. Older uploads take precedence. */
  grow(bytes: number): Promise<void>;
  close(): void;
}

export interface UploadMemoryLimits {
  readonly total: number;
  readonly callerMax: number;
}

interface Share {
  readonly caller: string | undefined;
  held: number;
  wanted: number;
  enter: (() => void) | undefined;
}

export function openUploadMemory({ total, callerMax }: UploadMemoryLimits): UploadMemory {
  // In the order in which they were opened.
  const shares = new Set<Share>();
  let free = total;

  function heldBy(caller: string | undefined): number {
    if (caller === undefined) return 0;
    let held = 0;
    for (const share of shares) if (share.caller === caller) held += share.held;
    return held;
  }

  function admit(share: Share): void {
    free -= share.wanted - share.held;
    share.held = share.wanted;
    const { enter } = share;
    share.enter = undefined;
    enter?.();
  }

  function admitWaiting(): void {
    for (const share of shares) {
      if (share.enter === undefined) continue;
      const more = share.wanted - share.held;
      // A caller at its limit waits for itself, and does not delay others.
      if (share.caller !== undefined && heldBy(share.caller) + more > callerMax) continue;
      // Younger uploads may not pass, or a large one would wait forever.
      if (more > free) break;
      admit(share);
    }
    // If every upload that holds memory waits for more, none would ever end. The oldest may exceed the limit until it
    // ends, by one body at most.
    const holding = [...shares].filter(({ held }) => held > 0);
    if (holding.length > 0 && holding.every(({ enter }) => enter !== undefined)) admit(holding[0] as Share);
  }

  return {
    open(caller) {
      const share: Share = { caller, held: 0, wanted: 0, enter: undefined };
      shares.add(share);
      return {
        grow(bytes) {
          if (bytes <= share.held) return Promise.resolve();
          return new Promise((resolve) => {
            share.wanted = bytes;
            share.enter = resolve;
            admitWaiting();
          });
        },
        close() {
          shares.delete(share);
          free += share.held;
          admitWaiting();
        },
      };
    },
  };
}
