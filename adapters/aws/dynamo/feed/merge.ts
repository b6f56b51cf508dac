/** What a list holds of somebody's feed, newest first, by portions; undefined at its end. */
export type Portions<Candidate> = () => Promise<readonly Candidate[] | undefined>;

interface Placed {
  readonly place: string;
}

/** Takes from many lists, each newest first, what is newest of all, one at a time; undefined once all have ended. A list is
 *  asked for its next portion when there is nothing left of the one before, and all that have to be asked are asked at once.
 *  What stands in two lists comes twice. */
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
