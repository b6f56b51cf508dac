import type { FanOutMessage } from '../../ports/fan-out.ts';
import { fanOutContract } from '../../ports/contracts/fan-out.contract.ts';
import type { Log } from './consumer.ts';
import { catalogPersonalWords } from './catalog-personal-words.ts';
import { inTransactionFanOut } from './in-transaction-fan-out.ts';
import { createTracer } from './tracer.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

fanOutContract({
  name: 'the transaction of its event',
  async open() {
    const handled: FanOutMessage[] = [];
    const consumer = { name: 'add-to-feed', handle: (message: FanOutMessage) => void handled.push(message) };
    return {
      fanOut: inTransactionFanOut(consumer, createTracer(silent, catalogPersonalWords())),
      received: async () => handled,
      close: async () => {},
    };
  },
});
