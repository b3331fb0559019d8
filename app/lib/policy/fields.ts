/** Kinds of fields that schemas of policies are made of. */
import { z } from 'zod';

export const MINUTE = 60;
export const DAY = 24 * 60 * MINUTE;

/** One line of text for people: no control characters, which could hide or forge what is read. */
export const line = (what: string, most: number) =>
  z
    .string({ error: `${what} must be text` })
    .min(1, { error: `${what} must not be empty` })
    .max(most, { error: `${what} has more than ${most} characters: shorten it` })
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, { error: `${what} must be one line without control or invisible characters` })
    .regex(/^\S(.*\S)?$/u, { error: `${what} must not begin or end with a space` });

/** A whole number between two bounds, both included. */
export const whole = (what: string, least: number, most: number) =>
  z
    .int({ error: `${what} must be a whole number` })
    .min(least, { error: `${what} must be at least ${least}` })
    .max(most, { error: `${what} must be at most ${most}` });

/** Says that a field of a valid form contradicts another one. */
export type Fault = (path: readonly (string | number)[], message: string) => void;
