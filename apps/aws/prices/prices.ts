/** List prices in dollars for us-east-1, without free tiers and discounts. For another region or contract, change them
 *  here: this file has all of them. */
export const PRICES_OF = '2026-11-27';

export interface Price {
  readonly dollars: number;
  /** The number of units that the price is for. */
  readonly per: number;
  readonly unit: string;
  /** False if it was not looked up: verify it before relying on it. */
  readonly checked: boolean;
}

const MILLION = 1_000_000;

export const prices = {
  kinesisPut: { dollars: 0.014, per: MILLION, unit: 'put of 25 KB at most', checked: true },
  kinesisShard: { dollars: 10.95, per: 1, unit: 'shard and month', checked: true },
  kinesisOnDemandIn: { dollars: 0.076, per: MILLION, unit: 'KB into a stream on demand', checked: true },
  kinesisOnDemandOut: { dollars: 0.038, per: MILLION, unit: 'KB to a consumer, on demand', checked: true },
  kinesisOnDemandStream: { dollars: 29, per: 1, unit: 'stream on demand and month', checked: true },
  dynamoWrite: { dollars: 0.625, per: MILLION, unit: 'write unit of 1 KB, on demand', checked: false },
  dynamoRead: { dollars: 0.125, per: MILLION, unit: 'read unit of 4 KB, on demand', checked: false },
  lambdaRequest: { dollars: 0.2, per: MILLION, unit: 'invocation', checked: false },
  lambdaSeconds: { dollars: 0.0000133334, per: 1, unit: 'GB-second on arm64', checked: false },
  snsPublish: { dollars: 0.5, per: MILLION, unit: 'publication of 64 KB at most', checked: false },
  sqsRequest: { dollars: 0.4, per: MILLION, unit: 'request of 64 KB at most', checked: false },
  s3Put: { dollars: 5, per: MILLION, unit: 'put or list', checked: false },
  s3Get: { dollars: 0.4, per: MILLION, unit: 'get', checked: false },
  s3Month: { dollars: 0.023, per: 1, unit: 'GB and month', checked: false },
} as const satisfies Record<string, Price>;

export type Priced = keyof typeof prices;

/** A number of each unit. */
export type Usage = Partial<Readonly<Record<Priced, number>>>;

export function dollarsOf(usage: Usage): number {
  return Object.entries(usage).reduce((sum, [what, count]) => {
    const { dollars, per } = prices[what as Priced];
    return sum + (dollars / per) * count;
  }, 0);
}

export function usageOf(parts: readonly Usage[]): Usage {
  const sum: Partial<Record<Priced, number>> = {};
  for (const [what, count] of parts.flatMap((part) => Object.entries(part) as [Priced, number][])) {
    sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

export function times(usage: Usage, factor: number): Usage {
  return Object.fromEntries(Object.entries(usage).map(([what, count]) => [what, count * factor]));
}
