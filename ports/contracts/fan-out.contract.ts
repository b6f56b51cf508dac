import { describe, expect, it } from 'vitest';
import type { FanOut, FanOutMessage } from '../fan-out.ts';

export interface FanOutUnderTest {
  readonly fanOut: FanOut;
  /** All messages that were delivered so far, once none is in flight. */
  received(): Promise<readonly FanOutMessage[]>;
  close(): Promise<void>;
}

export interface FanOutEngine {
  readonly name: string;
  open(): Promise<FanOutUnderTest>;
}

/** The behaviour of every FanOut: each message is delivered at least once, unchanged. */
export function fanOutContract(engine: FanOutEngine): void {
  describe(`fan-out on ${engine.name}`, () => {
    it.each([0, 1, 10, 37])('hands on %i messages that are sent side by side', async (count) => {
      await expectHandedOn(Array.from({ length: count }, (_, number) => messageOf(number, 25)));
    });

    it('hands on messages of one follower and of a thousand', async () => {
      await expectHandedOn([messageOf(1, 1), messageOf(2, 1000), messageOf(3, 1000)]);
    });
  });

  async function expectHandedOn(messages: readonly FanOutMessage[]): Promise<void> {
    const { fanOut, received, close } = await engine.open();
    try {
      await Promise.all(messages.map(async (message) => fanOut.send(message)));
      const came = await received();
      for (const message of messages) expect(came).toContainEqual(message);
      for (const message of came) expect(messages).toContainEqual(message);
    } finally {
      await close();
    }
  }
}

function messageOf(number: number, size: number): FanOutMessage {
  const hex = (digit: number) => digit.toString(16).padStart(24, '0');
  const followers = { size, ids: Array.from({ length: size }, (_, follower) => hex(follower + 1)) };
  const sequence = String(number).padStart(20, '0');
  return { yubl: { yublId: hex(number + 1), authorId: hex(7), sequence }, followers };
}
