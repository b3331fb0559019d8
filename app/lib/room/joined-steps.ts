/** In a room that joins values, after the match: whose step is next on the way to the sums of a slot's vectors. */
import { hopSlot } from '../protocol/hop.ts';
import { broughtVectors, type RoomView } from './view.ts';

/** A step that one slot can do now for another's sums. */
export type ListStep =
  | { readonly kind: 'return'; readonly by: number; readonly list: number; readonly hop: number }
  | { readonly kind: 'select'; readonly by: number; readonly list: number; readonly vector: number };

/** The steps that others can do now on a slot's list: return it one hop, or select of it what is encrypted. */
export function stepsOnList(view: RoomView, list: number): ListStep[] {
  const { members, returned, selected } = view;
  const vectors = broughtVectors(view, list);
  if (vectors.length === 0) return [];
  const hop = returned[list].findIndex((digest) => digest !== undefined);
  const by = hopSlot(list, hop, members);
  if (hop > 1) return [{ kind: 'return', by, list, hop }];
  const unencrypted = unencryptedVectors(view, list);
  return vectors
    .filter((vector) => selected[list][vector] === undefined && !unencrypted.includes(vector))
    .map((vector) => ({ kind: 'select', by, list, vector }));
}

/** The vectors that a slot has yet to encrypt. */
export function unencryptedVectors(view: RoomView, slot: number): number[] {
  return broughtVectors(view, slot).filter((vector) => view.encrypted[slot][vector] === undefined);
}

/** Whether all that a slot needs to open its tally is on record. */
export function isSelected(view: RoomView, slot: number): boolean {
  return broughtVectors(view, slot).every((vector) => view.selected[slot][vector] !== undefined);
}
