/** A list of candidates for a feed, newest first, in portions; undefined at its end. */
export type Portions<Candidate> = () => Promise<readonly Candidate[] | undefined>;

interface Placed {
  readonly place: string;
}

/** Merges several lists, each newest first, and returns one candidate at a time, the newest first; undefined at the
 *  end. A list is asked for its next portion when the previous one is used up, several lists concurrently. Duplicates
 *  of different lists are kept. */
export function mergeNewestFirst<Candidate extends Placed>(
  lists: readonly Portions<Candidate>[],
): () => Promise<Candidate | undefined> {
  let open = lists.map((portions) => ({ portions, rest: [] as readonly Candidate[], at: 0, ended: false }));

  return async function next() {
    for (;;) {
      const dry = open.filter(({ rest, at }) => at === rest.length);
      if (dry.length === 0) break;
      await Promise.all(
        dry.map(async (list) => {
          const portion = await list.portions();
          list.rest = portion ?? [];
          list.at = 0;
          list.ended = portion === undefined;
        }),
      );
      open = open.filter(({ ended }) => !ended);
    }
    let newest: (typeof open)[number] | undefined;
    for (const list of open) {
      if (newest === undefined || placeAt(list) > placeAt(newest)) newest = list;
    }
    return newest?.rest[newest.at++];
  };
}

function placeAt({ rest, at }: { rest: readonly Placed[]; at: number }): string {
  return rest[at]?.place ?? '';
}
