/** Compiled circuits in the repository's folder. Node only. */
import { readFile } from 'node:fs/promises';
import type { CircuitName } from '../protocol/context.ts';

/** The text of a circuit's artifact. */
export function readCircuitFile(name: CircuitName): Promise<string> {
  return readFile(new URL(`../../../artifacts/circuits/${name}.json`, import.meta.url), 'utf8');
}
