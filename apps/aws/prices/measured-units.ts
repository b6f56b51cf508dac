import type { MeasuredUnits, Units } from './prices-per-million.ts';

/** What `npm run bench -- aws-cost` counted: what an event takes that finds nothing to finish and nobody in its way. Of a user who
 *  left it is one with a single follow, so dry runs say too little of those with many. Where the emulator tells no read units,
 *  one is taken for each reading request. */
export const measuredUnits: MeasuredUnits = {
  events: {
    feed: {
      'yubl-posted': units(6, 2.6, 4.1),
      'yubl-deleted': units(6, 1, 2),
      followed: units(2, 3, 5),
      unfollowed: units(2, 2, 4),
      'user-left': units(13, 4, 8),
    },
    relationships: {
      'user-joined': units(1, 1, 2),
      'user-profile-updated': units(1, 1, 2),
      'user-left': units(38, 11, 16),
      followed: units(10, 1, 2),
      unfollowed: units(10, 1, 2),
    },
    search: {
      'user-joined': units(1, 1, 2),
      'user-profile-updated': units(1, 1, 2),
      'user-left': units(1, 2, 3),
      'yubl-posted': units(2, 1, 3),
      'yubl-deleted': units(2, 1, 3),
    },
  },
  feedEntry: units(1, 0.01, 0.04),
  pulledYubl: units(6, 2, 3),
};

function units(writeUnits: number, readUnits: number, requests: number): Units {
  return { writeUnits, readUnits, requests };
}
