/** The inputs of the circuits of rooms that join values, one builder per struct, as in `inputs.ts`. */
import type { Point } from '../curve/grumpkin.ts';
import type { Ciphertext } from '../protocol/elgamal.ts';
import { point, type Struct } from './inputs.ts';

/** Statement of `encrypt`. */
export type EncryptStatement = {
  context: bigint;
  slot: number;
  /** Commitment to the packed values in the list's order. */
  values: bigint;
  /** Digest of the plan. */
  plan: bigint;
  vector: number;
  key: Point;
  encryptedDigest: bigint;
};

/** Statement of `select`. */
export type SelectStatement = {
  context: bigint;
  /** The maker of the list's first hop. */
  slot: number;
  list: number;
  vector: number;
  /** The maker's K. */
  blindingKey: Point;
  /** X_i of the slot whose list it is. */
  key: Point;
  listDigest: bigint;
  returnedDigest: bigint;
  encryptedDigest: bigint;
  k: number;
  selectedDigest: bigint;
};

/** Statement of `opened`. */
export type OpenedStatement = {
  context: bigint;
  slot: number;
  key: Point;
  counting: boolean;
  /** By the vector's number; 0 for those that the slot does not bring. */
  selected: readonly bigint[];
  /** Commitment to the cells. */
  tally: bigint;
  /** Set of the groups whose sums were given. */
  full: number;
};

export function encryptStatement(s: EncryptStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    values: s.values,
    plan: s.plan,
    vector: BigInt(s.vector),
    key: point(s.key),
    encrypted_digest: s.encryptedDigest,
  };
}

export function selectStatement(s: SelectStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    list: BigInt(s.list),
    vector: BigInt(s.vector),
    blinding_key: point(s.blindingKey),
    key: point(s.key),
    list_digest: s.listDigest,
    returned_digest: s.returnedDigest,
    encrypted_digest: s.encryptedDigest,
    k: BigInt(s.k),
    selected_digest: s.selectedDigest,
  };
}

export function openedStatement(s: OpenedStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    key: point(s.key),
    counting: s.counting ? 1n : 0n,
    selected: s.selected,
    tally: s.tally,
    full: BigInt(s.full),
  };
}

/** A ciphertext, `Ciphertext`; zeros where there is none. */
export function ciphertextInput(ciphertext: Ciphertext | undefined): Struct {
  const nothing = { x: 0n, y: 0n };
  return ciphertext ? { c1: point(ciphertext.c1), c2: point(ciphertext.c2) } : { c1: nothing, c2: nothing };
}
