/** A message, list or step does not follow the protocol. The message says which and what to do; it never holds secrets. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** Fewest slots of a room. */
export const MIN_SLOTS = 2;
/** Most slots of a room. */
export const MAX_SLOTS = 5;

/** Returns a room's number of slots, or of members, if it is one that the protocol knows. */
export function assertSlots(slots: number, what = 'slots'): number {
  if (!Number.isInteger(slots) || slots < MIN_SLOTS || slots > MAX_SLOTS) {
    throw new ProtocolError(`a room has ${MIN_SLOTS} to ${MAX_SLOTS} ${what}, not ${slots}`);
  }
  return slots;
}

/** Returns a slot's number (from 0) if it exists in a room of `slots`. */
export function assertSlot(slot: number, slots = MAX_SLOTS, what = 'slot'): number {
  if (!Number.isInteger(slot) || slot < 0 || slot >= slots) {
    throw new ProtocolError(`${what} ${slot} does not exist: slots are numbered 0 to ${slots - 1}`);
  }
  return slot;
}
