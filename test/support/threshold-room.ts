/** Rooms that tell bands on chain, step by step, whose digests and proofs are made up; keys, parts and their sum are true. */
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { circuitNumber } from '../../app/lib/protocol/context.ts';
import type { RoomOptions, Value } from '../room/log.ts';
import { ThresholdLog } from '../room/threshold-log.ts';
import type { Bed } from './bed.ts';
import type { Call } from './calls.ts';
import { madeUpProof, openMadeUpRoom, type MadeUpRoom } from './made-up-room.ts';

export type ThresholdRoom = MadeUpRoom<ThresholdLog> & {
  dataset(slot: number): Call;
  tally(value: Value<'TallyProven'>): Call;
  part(value: Value<'PartGiven'>): Call;
  /** @param transcript the room's after its last part, which only the chain knows */
  mix(value: Value<'MixGiven'>, transcript: bigint): Call;
  /** Goes on from committing to sharing. */
  share(): Promise<void>;
  /** Goes on from sharing to the last part. Returns the transcript after it. */
  giveParts(): Promise<bigint>;
};

/**
 * Creates a room of three slots, or as many as `terms` say, and takes it to committing.
 * @param joinAfter seconds from now to the deadline of joining; that of sharing is the same time later
 * @param terms other terms than those of a room that tells bands, in their place
 */
export async function openThresholdRoom(
  bed: Bed,
  joinAfter?: number,
  terms: Pick<RoomOptions, 'slots' | 'contributors' | 'bands'> & { full?: readonly number[] } = {},
): Promise<ThresholdRoom> {
  const opened = await openMadeUpRoom(bed, 'threshold-made-up', new ThresholdLog(terms), joinAfter);
  const { roomId, log } = opened;
  const { members } = log;
  const chunked = (method: string, { circuit, statement, chunk }: Value<'DatasetProven' | 'TallyProven'>): Call => ({
    method,
    args: [roomId, circuit, statement as AbiValue, chunk, ...madeUpProof(circuit)],
  });
  const room: ThresholdRoom = {
    ...opened,
    dataset: (slot) => chunked('commit_dataset', log.dataset(slot)),
    tally: (value) => chunked('post_tally', value),
    part: ({ statement }) => ({
      method: 'post_part',
      args: [roomId, statement as AbiValue, ...madeUpProof(circuitNumber('part'))],
    }),
    mix: ({ circuit, statement }, transcript) => ({
      method: 'post_mix',
      args: [roomId, circuit, { ...statement, transcript } as AbiValue, ...madeUpProof(circuit)],
    }),
    async share() {
      await room.send(members.map((slot) => [slot, room.dataset(slot)]));
      await room.send(members.map((slot) => [slot, room.tally(log.tally(slot))]));
    },
    async giveParts() {
      await room.send(members.map((slot) => [slot, room.part(log.part(slot))]));
      return (await room.read()).view.matchTranscript!;
    },
  };
  return room;
}
