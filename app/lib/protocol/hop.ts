import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { ProtocolError, assertSlot, assertSlots } from './errors.ts';
import { assertList, makeList, type List } from './list.ts';

/** The slot that makes hop `hop` of a list, 1 ≤ hop < slots; every list passes once through every other slot. */
export function hopSlot(list: number, hop: number, slots: number): number {
  assertSlot(list, assertSlots(slots), 'list');
  if (!Number.isInteger(hop) || hop < 1 || hop >= slots) {
    throw new ProtocolError(
      `hop ${hop} does not exist: a list of a room with ${slots} slots has hops 1 to ${slots - 1}`,
    );
  }
  return (list + hop) % slots;
}

/** Makes the next hop of a list: every point times this slot's k, sorted anew. Refuses a list that is not this slot's turn. */
export async function hopList(
  input: { list: List; slot: number; slots: number; blinding: bigint },
  options?: BatchOptions,
): Promise<List> {
  const { list, slot, slots, blinding } = input;
  const turn = hopSlot(list.list, list.hop + 1, slots);
  if (turn !== slot)
    throw new ProtocolError(`hop ${list.hop + 1} of list ${list.list} is slot ${turn}'s to make, not slot ${slot}'s`);
  const products = await mulBatch(assertList(list).points, blinding, options);
  return makeList(list.list, list.hop + 1, products);
}
