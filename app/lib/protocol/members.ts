import { ProtocolError, assertSlot, assertSlots } from './errors.ts';

/** Numbers of the slots that a room's lists are matched over, ascending. A slot that was left out leaves a gap. */
export type Members = readonly number[];

/** Returns members if there are 2 to 5 of them, slot numbers below MAX_SLOTS, strictly ascending. */
export function assertMembers(members: Members): Members {
  assertSlots(members.length, 'members');
  members.forEach((slot, i) => {
    assertSlot(slot, undefined, 'member');
    if (i > 0 && slot <= members[i - 1]) throw new ProtocolError(`members ${members.join(', ')} are not ascending`);
  });
  return members;
}

/** A slot's place among the members, from 0. Refuses a slot that is none of them. */
export function placeOf(slot: number, members: Members, what = 'slot'): number {
  const place = assertMembers(members).indexOf(slot);
  if (place < 0) throw new ProtocolError(`${what} ${slot} is none of the members ${members.join(', ')}`);
  return place;
}

/** Returns values that belong to members, one each, if they are as many as the members. */
export function assertPerMember<T>(values: readonly T[], members: Members, what: string): readonly T[] {
  if (values.length !== assertMembers(members).length) {
    throw new ProtocolError(`${members.length} members need as many ${what}, got ${values.length}`);
  }
  return values;
}
