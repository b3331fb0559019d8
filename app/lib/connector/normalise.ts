import type { IdentifierType } from '../policy/schema.ts';

/** A value is not an identifier of its type. The message says why and never repeats the value, which is personal data. */
export class NormalisationError extends Error {
  override name = 'NormalisationError';
}

/** Most characters of one identifier. */
const MAX_LENGTH = 1_024;

/**
 * Brings an identifier into the one form in which it is hashed, so that both parties' spellings meet.
 *
 * - `email`: trimmed, NFKC, lower case; exactly one @ with text on both sides, no spaces.
 * - `phone`: E.164: + and 8 to 15 digits, the first not 0; spaces, brackets, hyphens and dots are dropped.
 * - `exact`: trimmed, NFC.
 *
 * Control and invisible characters are refused in all of them: two values that look alike must be alike.
 */
export function normalise(type: IdentifierType, raw: string): string {
  if (raw.length > MAX_LENGTH) throw new NormalisationError(`longer than ${MAX_LENGTH} characters`);
  if (!raw.isWellFormed()) throw new NormalisationError('holds half of a Unicode surrogate pair');
  const value = raw.trim();
  if (value === '') throw new NormalisationError('empty');
  if (/[\p{Cc}\p{Cf}]/u.test(value)) throw new NormalisationError('holds control or invisible characters');
  return NORMALISERS[type](value);
}

const NORMALISERS: Record<IdentifierType, (value: string) => string> = {
  email(value) {
    // Lower-casing can undo the normal form (a capital may decompose), hence the second pass.
    const email = value.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
    if (/\s/u.test(email)) throw new NormalisationError('an e-mail address must not hold spaces');
    if (!/^[^@]+@[^@]+$/u.test(email))
      throw new NormalisationError('an e-mail address has exactly one @ with text on both sides');
    return email;
  },
  phone(value) {
    const phone = value.replace(/[\s().-]/gu, '');
    if (!/^\+[1-9][0-9]{7,14}$/.test(phone)) {
      throw new NormalisationError(
        'a phone number is written as + and 8 to 15 digits with the country code, as in +44 20 7946 0000',
      );
    }
    return phone;
  },
  exact: (value) => value.normalize('NFC'),
};
