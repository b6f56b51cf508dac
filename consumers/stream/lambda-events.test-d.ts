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

// Never run: `npm run types` compiles this file. It checks that the shapes here match the events and answers of AWS.

expectTypeOf<KinesisStreamEvent>().toExtend<StreamBatch>();
expectTypeOf<SQSEvent>().toExtend<MessageBatch>();
expectTypeOf<Context>().toExtend<InvocationContext>();
expectTypeOf<BatchAnswer>().toExtend<KinesisStreamBatchResponse>();
expectTypeOf<BatchAnswer>().toExtend<SQSBatchResponse>();
expectTypeOf<StreamHandler>().toExtend<KinesisStreamHandler>();
expectTypeOf<MessageHandler>().toExtend<SQSHandler>();
