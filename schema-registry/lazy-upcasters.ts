import type { EventType } from '../events/catalog.ts';
import type { HandledEvent } from '../events/envelope.ts';
import type { FigtreeError } from '../events/errors.ts';
import { type CatalogFacts, storedAs } from './event-facts.ts';
import type { Upcasters } from './upcasters.ts';

/** The part needed by code that reads events but accepts none. */
export interface ReadingUpcasters {
  /** See Upcasters. */
  current<Event extends HandledEvent>(events: Event[]): Event[] | Promise<Event[]>;
  refusal(event: HandledEvent): FigtreeError | undefined | Promise<FigtreeError | undefined>;
  storedAs(types: readonly EventType[]): readonly EventType[];
}

/** Upcasters that are loaded, with every schema, at the first event that is not of its current version. */
export function lazyUpcasters(
  { dataschemas, sources }: Pick<CatalogFacts, 'dataschemas' | 'sources'>,
  load: () => Promise<Upcasters>,
): ReadingUpcasters {
  let loaded: Promise<Upcasters> | undefined;
  const upcasters = () => (loaded ??= load());
  const isCurrent = (event: HandledEvent) => dataschemas[event.type] === event.dataschema;
  return {
    current: (events) => (events.every(isCurrent) ? events : upcasters().then((all) => all.current(events))),
    refusal: (event) => (isCurrent(event) ? undefined : upcasters().then((all) => all.refusal(event))),
    storedAs: (types) => storedAs(types, sources),
  };
}
