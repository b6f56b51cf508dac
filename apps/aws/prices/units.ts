/** Units of DynamoDB for something, as `npm run bench -- aws-cost` counts them: for an event without leftovers of an
 *  earlier attempt and without contention. If the emulator reports no read units, one is assumed for each read
 *  request. */
export interface Units {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly requests: number;
}

export function units(writeUnits: number, readUnits: number, requests: number): Units {
  return { writeUnits, readUnits, requests };
}
