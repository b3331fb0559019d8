import type { IdentifierType } from '../policy/schema.ts';
import { areProperCheckDigits, hasRightCheckDigits } from './check-digits.ts';
import { ibanFault } from './iban.ts';

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
 * - `iban`: ISO 13616: capital letters, spaces dropped; length of its country, right check digits.
 * - `lei`: ISO 17442: 20 capital letters and digits, right check digits.
 * - `device`: advertising id of a device: a UUID in lower case, not all zeros, which stands for "tracking is off".
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
  iban(value) {
    const iban = asciiCapitals(value.replace(/\s/gu, ''));
    const fault = ibanFault(iban);
    if (fault) throw new NormalisationError(fault);
    return iban;
  },
  lei(value) {
    const lei = asciiCapitals(value);
    if (!/^[A-Z0-9]{18}[0-9]{2}$/.test(lei)) {
      throw new NormalisationError('an LEI is 18 letters and digits and two check digits, without spaces');
    }
    if (!areProperCheckDigits(lei.slice(18)) || !hasRightCheckDigits(lei)) {
      throw new NormalisationError('its check digits are wrong: some character is');
    }
    return lei;
  },
  device(value) {
    if (!/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(value)) {
      throw new NormalisationError('a device id is 8, 4, 4, 4 and 12 hex digits with hyphens between them');
    }
    if (/^[0-]*$/.test(value)) throw new NormalisationError('all zeros: the device gives no advertising id');
    return value.toLowerCase();
  },
};

/** Capitals of a-z alone: of other alphabets some letters would become Latin ones. */
function asciiCapitals(value: string): string {
  return value.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
