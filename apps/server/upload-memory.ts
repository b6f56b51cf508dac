/** Memory for the bodies that are received and worked on at the same time. What counts is what has come, and not
 *  what was announced: an upload that stands still takes none from the others but for what it has sent. */
export interface UploadMemory {
  /** `caller` names whose upload it is; one caller gets at most `callerMax` of it. */
  open(caller: string | undefined): UploadShare;
}

export interface UploadShare {
  /** Resolves once this upload may hold so many bytes, in all. The older upload comes first. */
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
      // A caller that has its part waits for itself, and holds nobody else up.
      if (share.caller !== undefined && heldBy(share.caller) + more > callerMax) continue;
      // Nobody younger passes by, or a large upload would wait for ever.
      if (more > free) break;
      admit(share);
    }
    // If all that hold some of it wait for more, none of them would ever end. The oldest goes on beyond the limit until
    // it does: by one body at most.
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
