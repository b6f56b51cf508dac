// The parts of AWS' events and answers that are used here, by their shape: what handles them needs no package of AWS, and
// lambda-events.test-d.ts holds them against the published types.

/** What an event source mapping of a Kinesis stream hands over: records of one shard, those of one partition key in order. */
export interface StreamBatch {
  readonly Records: readonly StreamRecord[];
}

export interface StreamRecord {
  /** `<shard id>:<sequence number>`, of one stream. */
  readonly eventID: string;
  readonly eventSourceARN: string;
  readonly kinesis: {
    readonly partitionKey: string;
    /** Decimal digits, as many as it takes: they rise within a shard, and from a shard to those it was split into. */
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Seconds since 1970, with a fraction. */
    readonly approximateArrivalTimestamp: number;
  };
}

/** What an event source mapping of an SQS queue hands over. */
export interface MessageBatch {
  readonly Records: readonly MessageRecord[];
}

export interface MessageRecord {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN: string;
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string | undefined } | undefined>>;
}

export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** Asks for these again: sequence numbers of a stream's records, ids of a queue's messages. None of them: all is done. For a
 *  stream Lambda comes again with everything from the lowest of the numbers on, whatever else is in the list. */
export interface BatchAnswer {
  readonly batchItemFailures: { itemIdentifier: string }[];
}
