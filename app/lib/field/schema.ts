import { z } from 'zod';
import { parseField } from './field.ts';

/** A field element in JSON: `0x` and 64 lower-case digits below p. The issue does not repeat it. */
export const hexField = z.string().transform((text, check) => {
  try {
    return parseField(text);
  } catch {
    check.addIssue('not a field element: 0x and 64 lower-case hex digits, below the field modulus');
    return z.NEVER;
  }
});
