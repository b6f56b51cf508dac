// The parts of AWS events and answers that are used here, by shape: handlers need no package of AWS, and
// lambda-events.test-d.ts checks the shapes against the published types.

/** An event of the event source mapping of a Kinesis stream: records of one shard, those of one partition key in
 *  order. */
export interface StreamBatch {
  readonly Records: readonly StreamRecord[];
}

export interface StreamRecord {
  /** `<shard id>:<sequence number>`, of one stream. */
  readonly eventID: string;
  readonly eventSourceARN: string;
  readonly kinesis: {
    readonly partitionKey: string;
    /** Decimal digits of any length: increasing within a shard, and from a shard to the shards it was split into. */
    readonly sequenceNumber: string;
    /** Base64. */
    readonly data: string;
    /** Seconds since 1970, with a fraction. */
    readonly approximateArrivalTimestamp: number;
  };
}

/** An event of the event source mapping of an SQS queue. */
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

/** The items to deliver again: sequence numbers of a stream's records, ids of a queue's messages. Empty: everything is
 *  done. For a stream Lambda redelivers everything from the lowest of the numbers on, whatever else is in the list. */
export interface BatchAnswer {
  readonly batchItemFailures: { itemIdentifier: string }[];
}
