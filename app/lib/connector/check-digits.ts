/**
 * Whether a code's check digits are right by ISO/IEC 7064 MOD 97-10: with A = 10 ... Z = 35, the digits as one number leave 1
 * when divided by 97.
 *
 * @param code digits and capital letters, the check digits last
 */
export function hasRightCheckDigits(code: string): boolean {
  let rest = 0;
  for (const character of code) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest === 1;
}

/**
 * Whether two check digits are among those that the standards make, 02 to 98. 00, 01 and 99 leave the same rest as 97, 98
 * and 02, so that one number would have two spellings.
 */
export function areProperCheckDigits(digits: string): boolean {
  return digits >= '02' && digits <= '98';
}
