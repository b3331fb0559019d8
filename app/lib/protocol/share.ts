import { mul, type Point } from '../curve/grumpkin.ts';
import { proveDleq, verifyDleq } from './dleq.ts';
import { assertCiphertext, type Ciphertext } from './elgamal.ts';
import type { SigmaProof } from './schnorr.ts';

/** A slot's decryption share S = x·C1, with the proof that x is the secret of its X. */
export type Share = Readonly<{ share: Point; proof: SigmaProof }>;

/** Makes a slot's share of a ciphertext. Whoever calls this has checked that the count meets the policy's k. */
export function makeShare(input: {
  context: bigint;
  slot: number;
  decryption: bigint;
  decryptionPublic: Point;
  ciphertext: Ciphertext;
  seed: Uint8Array;
}): Share {
  const { context, slot, decryption, decryptionPublic, ciphertext, seed } = input;
  const base = assertCiphertext(ciphertext).c1;
  const share = mul(base, decryption);
  return { share, proof: proveDleq({ context, slot, key: decryptionPublic, base, image: share }, decryption, seed) };
}

/** Whether a share is the one that belongs to slot, key and ciphertext. */
export function verifyShare(
  input: { context: bigint; slot: number; decryptionPublic: Point; ciphertext: Ciphertext },
  { share, proof }: Share,
): boolean {
  const { context, slot, decryptionPublic, ciphertext } = input;
  return verifyDleq({ context, slot, key: decryptionPublic, base: ciphertext.c1, image: share }, proof);
}
