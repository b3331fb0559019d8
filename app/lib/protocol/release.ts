import { SCALAR_MODULUS } from '../field/field.ts';
import { GENERATOR, msmPublic, smallLogPublic, type Point } from '../curve/grumpkin.ts';
import { assertCiphertext, type Ciphertext } from './elgamal.ts';
import { ProtocolError } from './errors.ts';
import { assertPerMember, type Members } from './members.ts';
import { verifyShare, type Share } from './share.ts';

/**
 * Opens the count of a match: checks every share's proof, then finds the count with C2 − ΣS = count·G.
 *
 * @param input.decryptionPublics the members' X_i, in the members' order
 * @param input.shares the members' shares, in the same order
 * @param input.k smallest count that may be released
 * @param input.maxCount largest possible count: the policy's maximum of rows
 * @throws ProtocolError when a share is missing or wrong, no count fits, or the count is below k
 */
export function openCount(input: {
  context: bigint;
  members: Members;
  decryptionPublics: readonly Point[];
  shares: readonly Share[];
  ciphertext: Ciphertext;
  k: number;
  maxCount: number;
}): number {
  const { context, members, decryptionPublics, shares, k, maxCount } = input;
  const ciphertext = assertCiphertext(input.ciphertext);
  assertPerMember(decryptionPublics, members, 'keys');
  assertPerMember(shares, members, 'shares');
  members.forEach((slot, i) => {
    if (!verifyShare({ context, slot, decryptionPublic: decryptionPublics[i], ciphertext }, shares[i])) {
      throw new ProtocolError(`the share of slot ${slot} is not its key's: its proof does not verify`);
    }
  });
  const count = smallLogPublic(
    openingTerms(
      ciphertext,
      shares.map(({ share }) => share),
    ),
    maxCount,
  );
  if (count === undefined) throw new ProtocolError(`the ciphertext opens to no count from 0 to ${maxCount}`);
  if (count < k) throw new ProtocolError(`the count is below the policy's k = ${k}: it must not be released`);
  return count;
}

/** Whether shares open a ciphertext to a claimed count: C2 − ΣS = count·G. Says nothing about the shares' own proofs. */
export function opensTo(ciphertext: Ciphertext, shares: readonly Point[], count: number): boolean {
  if (!Number.isSafeInteger(count) || count < 0) throw new ProtocolError('a count is a whole number of at least 0');
  const opened = msmPublic(openingTerms(assertCiphertext(ciphertext), shares));
  const claimed = msmPublic([[BigInt(count), GENERATOR]]);
  return opened?.x === claimed?.x && opened?.y === claimed?.y;
}

function openingTerms({ c2 }: Ciphertext, shares: readonly Point[]): [bigint, Point][] {
  return [[1n, c2], ...shares.map((share): [bigint, Point] => [SCALAR_MODULUS - 1n, share])];
}
