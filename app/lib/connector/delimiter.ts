import { putBack } from './stream.ts';

/** Characters that are looked for between columns; of equally frequent ones the first. */
const CANDIDATES = [',', ';', '\t', '|'] as const;

/** Most characters of a header line that are looked at. */
const MAX_HEADER = 64 * 1024;

/**
 * Finds out what separates the columns of CSV text: the candidate that the header line holds most outside quotes; a comma
 * where it holds none. Returns the text again, whole.
 */
export async function detectDelimiter(
  texts: AsyncGenerator<string>,
): Promise<{ delimiter: string; texts: AsyncGenerator<string> }> {
  let head = '';
  while (headerLength(head) === undefined && head.length < MAX_HEADER) {
    const next = await texts.next();
    if (next.done) break;
    head += next.value;
  }
  return { delimiter: mostFrequent(head.slice(0, headerLength(head) ?? MAX_HEADER)), texts: putBack(head, texts) };
}

/** Characters before the line end that ends the header, which may hold others in quotes; undefined where it is not there. */
function headerLength(text: string): number | undefined {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === '\n' || text[i] === '\r')) return i;
  }
  return undefined;
}

function mostFrequent(header: string): string {
  const counts = new Map<string, number>(CANDIDATES.map((candidate) => [candidate, 0]));
  let quoted = false;
  for (const character of header) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return CANDIDATES.reduce((best, candidate) => (counts.get(candidate)! > counts.get(best)! ? candidate : best));
}
