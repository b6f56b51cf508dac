import type { Log } from '../runtime/consumer.ts';
import type { HandlingOptions } from '../runtime/handling.ts';
import type { PersonalWords } from '../runtime/personal-words.ts';
import type { Quarantine } from '../../ports/quarantine.ts';
import type { StreamParking } from '../../ports/stream-parking.ts';
import type { Upcasters } from '../../schema-registry/upcasters.ts';
import type { TimeLimits } from './invocation-time.ts';

export interface StreamHandlerOptions extends Pick<HandlingOptions, 'consumers' | 'replay'> {
  readonly parking: StreamParking;
  readonly quarantine: Pick<Quarantine, 'add'>;
  readonly upcasters: Upcasters;
  readonly personal: PersonalWords;
  readonly logger: Log;
  readonly limits?: Partial<StreamLimits>;
}

export interface StreamLimits extends TimeLimits {
  readonly keysAtOnce: number;
  /** Number of attempts at an event before it is parked. */
  readonly attemptsMax: number;
  /** Pause before the answer that an event failed the first time; it grows with each further failure. */
  readonly firstPauseMs: number;
  readonly pauseFactor: number;
  /** Pause before the answer that a dependency has failed. */
  readonly outagePauseMs: number;
}
