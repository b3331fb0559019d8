/** Texts of forms as a policy document has them. What is none stays text, which the schema refuses with its own words. */

/** A number that was typed. */
export function numberOf(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim();
}

/** The parts of a text, without those that are empty. */
export function partsOf(text: string, separator = ','): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
