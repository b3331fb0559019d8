/** Labels and flags: four bits beside each element of a list, a byte each in memory and in blobs (docs/protocol.md, sections 2 and 5). */
import { ProtocolError } from './errors.ts';

/** Greatest label or flag. */
export const MAX_LABEL = 15;

/** Labels that a block of a chain holds, and the bits of each in the block's number. */
const BLOCK = 32;
const LABEL_BITS = 4n;

/** The labels of one block of a list as a number, Σ label·16^place: what a chain takes behind the block's values. */
export function packLabels(labels: Uint8Array, block: number): bigint {
  return labels
    .subarray(block * BLOCK, (block + 1) * BLOCK)
    .reduce((packed, label, place) => packed | (BigInt(label) << (LABEL_BITS * BigInt(place))), 0n);
}

/** Returns labels if there is one for each of `count` elements, of four bits. */
export function assertLabels(labels: Uint8Array, count: number, what: string): Uint8Array {
  if (labels.length !== count) throw new ProtocolError(`${what}: ${count} elements have as many, not ${labels.length}`);
  const wide = labels.findIndex((label) => label > MAX_LABEL);
  if (wide >= 0) throw new ProtocolError(`${what}: that of element ${wide} is above ${MAX_LABEL}`);
  return labels;
}
