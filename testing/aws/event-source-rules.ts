// How Lambda treats a function's response, by its documentation (Lambda developer guide: "Configuring partial batch
// response with Kinesis Data Streams and Lambda", "Handling errors with an SQS event source in Lambda").

/** All of it is done; none of it; or, for a stream's batch, everything before this place. */
export type BatchOutcome = 'done' | 'failed' | { readonly doneBefore: number };

/** A stream: everything from the lowest reported number on is delivered again, whatever else is reported. */
export function streamOutcome(answer: unknown, sequenceNumbers: readonly string[]): BatchOutcome {
  const reported = reportedBy(answer);
  if (reported === undefined) return 'failed';
  const places = reported.map((identifier) => sequenceNumbers.indexOf(identifier));
  if (places.includes(-1)) return 'failed';
  return places.length === 0 ? 'done' : { doneBefore: Math.min(...places) };
}

/** A queue: returns the messages that stay in it. */
export function messagesLeft(answer: unknown, messageIds: readonly string[]): readonly string[] {
  const reported = reportedBy(answer);
  return reported === undefined || reported.some((identifier) => !messageIds.includes(identifier))
    ? messageIds
    : [...new Set(reported)];
}

/** Returns the reported identifiers. Nothing, null and an empty list are a complete success; anything else that is not
 *  a list of strings is a complete failure, which is undefined here. */
function reportedBy(answer: unknown): readonly string[] | undefined {
  if (answer === undefined || answer === null) return [];
  if (typeof answer !== 'object') return undefined;
  const { batchItemFailures: failures = [] } = answer as { batchItemFailures?: unknown };
  if (failures === null) return [];
  if (!Array.isArray(failures)) return undefined;
  const identifiers: string[] = [];
  for (const each of failures as unknown[]) {
    const identifier = (each as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof identifier !== 'string' || identifier === '') return undefined;
    identifiers.push(identifier);
  }
  return identifiers;
}
