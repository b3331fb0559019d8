/** What is publicly known of a room, as its events tell it. */
import type { Point } from '../curve/grumpkin.ts';
import type { CircuitName } from '../protocol/context.ts';
import type { Ciphertext } from '../protocol/elgamal.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { ProofMode } from '../policy/terms.ts';
import type { Members } from '../protocol/members.ts';
import { returnedNumber } from '../protocol/returned.ts';
import type { SigmaProof } from '../protocol/schnorr.ts';
import { slotVectors } from '../protocol/vectors.ts';
import type { EventOf } from './events.ts';
import type { Role } from './grant.ts';

/** Where a room's contract lives. */
export type Chain = { readonly chainId: bigint; readonly rollupVersion: bigint; readonly contract: bigint };

/** The contract's numbers of a room's states, in the order of its life. The last three end it without a result. */
export const STATES = {
  inviting: 1,
  approving: 2,
  committing: 3,
  joining: 4,
  sharing: 5,
  released: 6,
  closed: 7,
  cancelled: 8,
  expired: 9,
  revoked: 10,
} as const;

/** Where a room is in its life. */
export type RoomState = keyof typeof STATES;

/** An approval for a slot: who gave it stays hidden, but one account has one tag. */
export type Approval = {
  readonly tag: bigint;
  /** The approver's grant; 0 where the slot's own account approved. */
  readonly grant: bigint;
};

/** What is known of a slot that was taken. */
export type SlotView = {
  decryptionKey: Point;
  blindingKey: Point;
  approvals: Approval[];
  /** Whether as many accounts approved as the template asks for. */
  approved: boolean;
  /** Whether the slot has proven that what is due from it lies in escrow. */
  paid: boolean;
  /** The commitment, once all chunks of its proof are there. */
  dataset?: bigint;
  share?: Point;
  shareProof?: SigmaProof;
};

/** A slot that is no longer in the room: it missed a deadline, or withdrew its consent. */
export type LeftOut = { readonly slot: number; readonly reason: 'late' | 'withdrew' };

/** A role that a slot, or the host (slot 255), granted. */
export type GrantView = { readonly grant: bigint; readonly slot: number; readonly role: Role; revoked: boolean };

/** An audit report whose digest is on record. */
export type AuditView = { readonly slot: number; readonly grant: bigint; readonly reportDigest: bigint };

/** How far the parties have attested that they deleted what they received. */
export type DeletionView = {
  /** The slots that have to: those in the room, as far as they were taken. */
  readonly due: readonly number[];
  readonly attested: readonly number[];
  /** Whether the room is over and all of them have. */
  readonly complete: boolean;
  /** Until when they have to, in seconds since the epoch. */
  readonly deadline: bigint;
};

/** What the room asks to be paid, and which slots have proven that it was. */
export type PaymentView = { readonly due: readonly number[]; readonly confirmed: readonly number[] };

/** What the contract stores of a room besides the transcript. Slots are bits of masks, slot 0 the lowest. */
export type Progress = {
  /** Slots in the room. */
  active: number;
  /**
   * Slots that have done the state's step; while lists are made, how many of them are finished. After the match of a room
   * that joins values: slots that opened their tallies. In a room that tells bands: slots that gave their parts and, once all
   * have, slots that mixed the elements of every border.
   */
  done: number;
  /** Slots by whose fault the room ended. */
  atFault: number;
  /** A member has stated that it could not go on. */
  disputed: boolean;
  /** Slots that attested deletion. */
  deleted: number;
};

/** A step that takes one or more chunk proofs. */
export type StepView = { circuit: CircuitName; chunks: number; state: bigint; statement: string; last: boolean };

/** A proof that an event announced, to be checked against the room's verification key of `circuit`. */
export type AnnouncedProof = {
  readonly circuit: CircuitName;
  readonly publicInputs: readonly bigint[];
  readonly digest: bigint;
  readonly txHash: string;
  /** Who announced it. */
  readonly slot: number;
};

/** What a room released, or that it released nothing since it lies below k. */
export type RoomResult = {
  readonly suppressed: boolean;
  /**
   * How many elements all lists have in common; where figures are told, how many rows the open groups have; where bands are
   * told, how many borders the sum reaches.
   */
  readonly count?: number;
  /** Digest of the figures, in a room that aggregates or joins values. */
  readonly figures?: bigint;
};

/** A slot's tally: the commitment to its cells, and the mask of the groups that have enough rows. */
export type TallyView = { readonly commitment: bigint; readonly full: number };

/** All that is publicly known about a room. */
export type RoomView = {
  roomId: bigint;
  state: RoomState;
  terms: EventOf<'RoomCreated'>['terms'];
  policy: EventOf<'RoomCreated'>['policy'];
  circuits: bigint[];
  invites: bigint[];
  /** One entry per slot of the policy; undefined until it is taken. Slots that left keep theirs. */
  slots: (SlotView | undefined)[];
  progress: Progress;
  /** Slots in the room, ascending. From joining on they stay the same. */
  members: Members;
  leftOut: LeftOut[];
  /** Slots by whose fault the room ended. */
  atFault: number[];
  /** The slot that ended the room by withdrawing its consent. */
  revokedBy?: number;
  grants: GrantView[];
  audits: AuditView[];
  payments: PaymentView;
  deletion: DeletionView;
  /** Digest of the list of slot i after hop h: `lists[i][h]`. */
  lists: (bigint | undefined)[][];
  /** Sum of the points of list i after hop h, where the room is attested: `sums[i][h]`. */
  sums: (Point | undefined)[][];
  /** In a room that joins values: commitment to each slot's values in the order of its list, once that is blinded. */
  values: (bigint | undefined)[];
  /** In a room that joins values: digest of list i after hop h with flags in the place of labels, `returned[i][h]`. */
  returned: (bigint | undefined)[][];
  /** In a room that joins values: digests of encrypted vectors, `encrypted[slot][vector]`. */
  encrypted: (bigint | undefined)[][];
  /** In a room that joins values: digests of selected sums, `selected[list][vector]`. */
  selected: (bigint | undefined)[][];
  /** Each slot's tally, once all of its proof is there; in an overlap there are none. */
  tallies: (TallyView | undefined)[];
  /** The mask of the groups that are opened, once the tallies of all members are there. */
  open?: number;
  /** In a room that aggregates or joins values: digest of each slot's masked tally. */
  masked: (bigint | undefined)[];
  /** In a room that tells bands: each slot's part of the sum, encrypted under the room key. */
  parts: (Ciphertext | undefined)[];
  /** In a room that tells bands: digest of a slot's mix of a border, `mixes[slot][border - 1]`. */
  mixes: (bigint | undefined)[][];
  /** In a room that tells bands: how many borders there are, once a mix has said so. */
  borders?: number;
  /** In a room that tells bands: the border that was found, from 1; undefined as long as none is. */
  found?: number;
  /** Chunk progress by position. */
  steps: Map<number, StepView>;
  /** Whether the match is on record, and found k elements or more. */
  matched: boolean;
  /** The encrypted count of a room that opens it; in a room that tells bands the sum of all parts, once they are there. */
  ciphertext?: Ciphertext;
  /**
   * The transcript that the match, the last tally, or in a room that tells bands the last part, ended with: what the members
   * sign for with what they share.
   */
  matchTranscript?: bigint;
  /** Proofs on which the room's course rests: all announced ones but those of slots that are no longer in it. */
  proofs: AnnouncedProof[];
  result?: RoomResult;
  transcript: bigint;
  lastBlock: number;
};

/** A room's events contradict the rules of the contract or the mathematics of the protocol. */
export class ReplayError extends Error {
  override name = 'ReplayError';
}

/** Refuses a log in which `condition` does not hold. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ReplayError(message);
}

/** Position of the match among a room's steps. */
export const MATCH_POSITION = 40;

/** Position of a hop of a list among a room's steps; hop 0 is the blinding. */
export function listPosition(list: number, hop: number): number {
  return list * 8 + hop;
}

/** Position of the proof of a slot's tally among a room's steps, in a room that aggregates. */
export function tallyPosition(slot: number): number {
  return slot * 8;
}

/** Position of the proof of a slot's dataset among a room's steps. */
export function datasetPosition(slot: number): number {
  return slot * 8 + 7;
}

/** Position of the proof of one of a slot's encrypted vectors among a room's steps, in a room that joins values. */
export function encryptedPosition(slot: number, vector: number): number {
  return 128 + slot * 8 + vector;
}

/** Position of the proof that returns a list from after `hop` to before it. */
export function returnedPosition(list: number, hop: number): number {
  return listPosition(returnedNumber(list), hop);
}

/** Position of the proof of the selected sums of a list's vector. */
export function selectedPosition(list: number, vector: number): number {
  return 192 + list * 8 + vector;
}

/** Whether datasets and lists of a room stand on their makers' word. */
export function isAttested({ terms }: Pick<RoomView, 'terms'>): boolean {
  return terms.proof_mode === ProofMode.attested;
}

/**
 * What a room opens: the number of elements that all lists have in common, sums over the rows of each member, sums over
 * the rows that all members have, or which borders a sum over the rows of each member reaches.
 */
export type RoomKind = 'overlap' | 'aggregate' | 'joined' | 'threshold';

/** What a room opens, as its terms say. */
export function kindOf({ terms }: Pick<RoomView, 'terms'>): RoomKind {
  if (terms.vectors !== 0n) return 'joined';
  if (terms.bands !== 0n) return 'threshold';
  return terms.plan === 0n ? 'overlap' : 'aggregate';
}

/** Whether a room opens sums over each member's rows, and makes no lists. */
export function aggregates(view: Pick<RoomView, 'terms'>): boolean {
  return kindOf(view) === 'aggregate';
}

/** Whether a room makes lists, and opens sums over the rows that all members have. */
export function joinsValues(view: Pick<RoomView, 'terms'>): boolean {
  return kindOf(view) === 'joined';
}

/** Whether a room opens which borders a sum over each member's rows reaches, and makes no lists. */
export function tellsBands(view: Pick<RoomView, 'terms'>): boolean {
  return kindOf(view) === 'threshold';
}

/** The numbers of the vectors that a slot brings, ascending; none in rooms that do not join values. */
export function broughtVectors({ terms }: Pick<RoomView, 'terms'>, slot: number): number[] {
  return slotVectors(terms.vectors, slot);
}

/** Whether a mask holds a slot. */
export function has(mask: number, slot: number): boolean {
  return slot < MAX_SLOTS && (mask & (1 << slot)) !== 0;
}

/** The mask of one slot. */
export function bit(slot: number): number {
  return 1 << slot;
}

/** The slots of a mask, ascending. */
export function slotsOf(mask: number): number[] {
  return Array.from({ length: MAX_SLOTS }, (_, slot) => slot).filter((slot) => has(mask, slot));
}

/** Whether a room has ended without a result. */
export function isEnded(state: RoomState): boolean {
  return STATES[state] >= STATES.cancelled;
}

/** Whether nothing more is to be done for a result: there is one, or there will be none. */
export function isOver({ state }: Pick<RoomView, 'state'>): boolean {
  return STATES[state] >= STATES.released;
}

/** The first of the two fields in which the contract stores a room's progress; the second is the transcript. */
export function standing({ state, progress }: Pick<RoomView, 'state' | 'progress'>): bigint {
  const { active, atFault, done, deleted, disputed } = progress;
  const bytes = [STATES[state], active, atFault, done, deleted, disputed ? 1 : 0];
  return bytes.reduce((total, byte, i) => total | (BigInt(byte) << BigInt(8 * i)), 0n);
}

/** Brings the parts of a view that follow from others up to date. */
export function settle(view: RoomView): void {
  const { active, atFault, deleted } = view.progress;
  const attested = slotsOf(deleted);
  const due = slotsOf(active).filter((slot) => view.slots[slot] !== undefined);
  view.members = slotsOf(active);
  view.atFault = slotsOf(atFault);
  view.payments = {
    due: view.terms.escrow === 0n ? [] : view.members,
    confirmed: view.slots.flatMap((slot, i) => (slot?.paid ? [i] : [])),
  };
  view.deletion = {
    due,
    attested,
    complete: isOver(view) && due.every((slot) => attested.includes(slot)),
    deadline: view.terms.deadlines.retention,
  };
}
