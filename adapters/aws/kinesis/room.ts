import { createFifo } from './fifo.ts';

/** A bounded waiting room: who finds it full waits in front of it, in the order of coming, and nobody gets in before him. */
export interface Room<Guest extends { readonly bytes: number }> {
  /** Calls `enter` for each guest as soon as there is room for him, at once if there is. */
  admit(guests: readonly Guest[], enter: (guest: Guest) => void): void;
  leave(guest: Guest): void;
  /** Lets in everybody who waits, and whoever comes later, whether there is room or not. */
  open(): void;
  readonly count: number;
  readonly bytes: number;
}

interface Party<Guest> {
  readonly guests: readonly Guest[];
  readonly enter: (guest: Guest) => void;
  next: number;
}

export function createRoom<Guest extends { readonly bytes: number }>(max: {
  readonly count: number;
  readonly bytes: number;
}): Room<Guest> {
  const waiting = createFifo<Party<Guest>>();
  let count = 0;
  let bytes = 0;
  let opened = false;
  let admitting = false;

  const fits = (guest: Guest) => opened || count === 0 || (count < max.count && bytes + guest.bytes <= max.bytes);

  function admitSome(): void {
    // Who enters may leave at once and so call this again.
    if (admitting) return;
    admitting = true;
    for (let party = waiting.first(); party !== undefined; party = waiting.first()) {
      for (let guest = party.guests[party.next]; guest !== undefined && fits(guest); guest = party.guests[party.next]) {
        party.next += 1;
        count += 1;
        bytes += guest.bytes;
        party.enter(guest);
      }
      if (party.next < party.guests.length) break;
      waiting.shift();
    }
    admitting = false;
  }

  return {
    admit(guests, enter) {
      waiting.push({ guests, enter, next: 0 });
      admitSome();
    },
    leave(guest) {
      count -= 1;
      bytes -= guest.bytes;
      admitSome();
    },
    open() {
      opened = true;
      admitSome();
    },
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
  };
}
