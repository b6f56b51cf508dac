import type {
  Context,
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  KinesisStreamHandler,
  SQSBatchResponse,
  SQSEvent,
  SQSHandler,
} from 'aws-lambda';
import { expectTypeOf } from 'vitest';
import type { BatchAnswer, InvocationContext, MessageBatch, StreamBatch } from './lambda-events.ts';
import type { MessageHandler } from './message-handler.ts';
import type { StreamHandler } from './stream-handler.ts';

// Never run: `npm run types` compiles this file. What AWS hands over fits, and so does what it asks for.

expectTypeOf<KinesisStreamEvent>().toExtend<StreamBatch>();
expectTypeOf<SQSEvent>().toExtend<MessageBatch>();
expectTypeOf<Context>().toExtend<InvocationContext>();
expectTypeOf<BatchAnswer>().toExtend<KinesisStreamBatchResponse>();
expectTypeOf<BatchAnswer>().toExtend<SQSBatchResponse>();
expectTypeOf<StreamHandler>().toExtend<KinesisStreamHandler>();
expectTypeOf<MessageHandler>().toExtend<SQSHandler>();
