/** Selectors of the contract's events: what the chain's logs and the transcript know an event by. */
import { initField } from '../field/barretenberg.ts';
import { aztecHash } from '../field/poseidon2.ts';
import { EVENTS, eventSignature, type EventName } from './events.ts';

/** The selector of each of the contract's events. */
export type EventSelectors = ReadonlyMap<EventName, bigint>;

/** Bytes of a text that go into one field element. */
const CHUNK_BYTES = 31;
const SELECTOR_BITS = 32;

/**
 * The selectors of the contract's events, from their signatures. Computed here and not by Aztec's libraries, which do not
 * run in browsers as they are.
 */
export async function eventSelectors(): Promise<EventSelectors> {
  await initField();
  return new Map((Object.keys(EVENTS) as EventName[]).map((name) => [name, selectorOf(eventSignature(name))]));
}

/** The last four bytes of Aztec's hash of a signature, whose bytes are taken 31 at a time, the first one lowest. */
function selectorOf(signature: string): bigint {
  const bytes = new TextEncoder().encode(signature);
  const elements: bigint[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    elements.push(
      bytes.subarray(at, at + CHUNK_BYTES).reduceRight((element, byte) => (element << 8n) | BigInt(byte), 0n),
    );
  }
  return BigInt.asUintN(SELECTOR_BITS, aztecHash(elements));
}
