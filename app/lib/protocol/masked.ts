import { equalPoints, mul, mulGenerator, type Point } from '../curve/grumpkin.ts';
import { reduce } from '../field/arithmetic.ts';
import { initialCapacity } from '../field/domains.ts';
import { fieldToHex } from '../field/field.ts';
import { Domain, hash, permute } from '../field/poseidon2.ts';
import { decodeFields, encodeFields, type BlobKind } from './blob.ts';
import { chainStart, extendChain } from './chain.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { assertGroupSet, hasGroup, openedCells } from './groups.ts';
import { assertPerMember, placeOf, type Members } from './members.ts';
import { CELLS, CELLS_PER_GROUP, assertPlan, type Plan } from './plan.ts';
import { assertCells } from './tally.ts';

/** Masks that one permutation gives. */
const MASKS_PER_BLOCK = 3;
/** Lanes of a mask's state that count as inputs: pair key and block. */
const MASK_INPUTS = 2;

/**
 * A slot's masked tally: its cells of groups that are open and, for it, full, each with the masks of all pairs that the
 * slot is in. All members' masked tallies add up to the totals; one alone tells nothing without another member's key.
 * Cells that are not to be opened are 0. About 6 ms for each other member.
 *
 * @param input.keys the members' X_i, in the members' order
 * @param input.transcript the room's after the last tally: masks serve one course of a room alone
 * @param input.decryption the slot's decryption key x_i, a secret scalar
 * @param input.cells the slot's tally
 * @param input.full the slot's set of full groups
 * @param input.open the room's set of open groups
 */
export function maskTally(input: {
  context: bigint;
  slot: number;
  transcript: bigint;
  members: Members;
  keys: readonly Point[];
  decryption: bigint;
  cells: readonly bigint[];
  plan: Plan;
  full: number;
  open: number;
}): bigint[] {
  const { slot, members, keys, decryption, plan, full, open } = input;
  const place = placeOf(slot, members);
  assertPerMember(keys, members, 'keys');
  if (!equalPoints(mulGenerator(decryption), keys[place]))
    throw new ProtocolError(`the decryption key is not that of slot ${slot}'s public key`);
  assertGroupSet(full, 'the full groups');
  const cells = assertCells(input.cells, 'cells');
  const opened = openedCells(assertPlan(plan), open);
  const masked = cells.map((cell, i) => (hasGroup(full, Math.floor(i / CELLS_PER_GROUP)) ? cell : 0n));
  members.forEach((other, j) => {
    if (other === slot) return;
    const masks = pairMasks(pairKey(input, keys[j]));
    for (let i = 0; i < CELLS; i++) masked[i] += slot < other ? masks[i] : -masks[i];
  });
  return masked.map((value, i) => (opened[i] ? reduce(value) : 0n));
}

/** The digest of a slot's masked tally (hash 35 over chain 37). */
export function maskedDigest(context: bigint, slot: number, masked: readonly bigint[]): bigint {
  const chain = extendChain(chainStart(Domain.maskedChain), assertCells(masked, 'masked cells'));
  return hash(Domain.maskedDigest, [context, BigInt(assertSlot(slot)), chain]);
}

/** Encodes a masked tally as the blob that travels (docs/protocol.md, section 8). */
export function encodeMasked(slot: number, masked: readonly bigint[]): Uint8Array {
  return encodeFields(blobKind(slot), masked);
}

/**
 * Decodes an untrusted blob. Refuses a wrong length or header, another slot's, elements that are not canonical, and a
 * digest other than the one on chain.
 */
export function decodeMasked(
  blob: Uint8Array,
  expected: Readonly<{ context: bigint; slot: number; digest: bigint }>,
): bigint[] {
  const { context, slot, digest } = expected;
  const kind = blobKind(slot);
  const masked = decodeFields(kind, blob);
  const given = maskedDigest(context, slot, masked);
  if (given !== digest)
    throw new ProtocolError(
      `${kind.name}: its digest is ${fieldToHex(given)}, the chain has ${fieldToHex(digest)}: the blob was changed or is another room's`,
    );
  return masked;
}

/** What two members alone can compute: a hash (33) of x_i·X_j, the same for both, in one course of a room. Secret. */
function pairKey(
  { context, transcript, decryption }: { context: bigint; transcript: bigint; decryption: bigint },
  key: Point,
): bigint {
  const { x, y } = mul(key, decryption);
  return hash(Domain.pairKey, [context, transcript, x, y]);
}

/** The masks of all cells from a pair key (34): three lanes of a permuted state that holds pair key and block. */
function pairMasks(pair: bigint): bigint[] {
  const capacity = initialCapacity(Domain.mask, MASK_INPUTS);
  const masks: bigint[] = [];
  for (let block = 0; block * MASKS_PER_BLOCK < CELLS; block++)
    masks.push(...permute([pair, BigInt(block), 0n, capacity]).slice(0, MASKS_PER_BLOCK));
  return masks;
}

function blobKind(slot: number): BlobKind {
  return { name: `masked tally of slot ${assertSlot(slot)}`, magic: 'ZKCRMASK', tail: [slot, 0, 0], fields: CELLS };
}
