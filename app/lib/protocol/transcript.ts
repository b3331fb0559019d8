import { Domain, hash } from '../field/poseidon2.ts';

/** Digest of an event's fields in their order (hash 18). */
export function eventPayload(fields: readonly bigint[]): bigint {
  return hash(Domain.eventPayload, fields);
}

/** The room's transcript after an event (hash 17); the transcript of a new room is 0. */
export function extendTranscript(before: bigint, kind: bigint, payload: bigint): bigint {
  return hash(Domain.transcript, [before, kind, payload]);
}
