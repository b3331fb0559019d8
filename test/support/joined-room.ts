/** Rooms that join values on chain, step by step, whose digests and proofs are made up. */
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { circuitNumber } from '../../app/lib/protocol/context.ts';
import { JoinedLog } from '../room/joined-log.ts';
import type { RoomOptions, Value } from '../room/log.ts';
import type { Bed } from './bed.ts';
import type { Call } from './calls.ts';
import { madeUpProof, openMadeUpRoom, type MadeUpRoom } from './made-up-room.ts';

/** Events of steps that take proofs of chunks, and the functions that post them. */
const CHUNKED = {
  DatasetProven: 'commit_dataset',
  BlindProven: 'post_blind',
  HopProven: 'post_hop',
  TallyProven: 'post_tally',
  EncryptProven: 'post_encrypted',
  ReturnProven: 'post_returned',
  SelectProven: 'post_selected',
} as const;
type ChunkedName = keyof typeof CHUNKED;

export type JoinedRoom = MadeUpRoom<JoinedLog> & {
  /** The call that makes an event. */
  call(name: ChunkedName, value: Value<ChunkedName>): Call;
  match(value: Value<'MatchProven'>): Call;
  opened(value: Value<'TallyOpened'>): Call;
  masked(value: Value<'MaskedGiven'>): Call;
  figures(value: Value<'FiguresReleased'>): Call;
  /** Goes on from committing to the match, and includes it where `matched`. */
  join(matched?: boolean): Promise<void>;
};

/**
 * Creates a room of three slots and takes it to committing.
 * @param joinAfter seconds from now to the deadline of joining; that of sharing is the same time later
 * @param terms other terms than those of a room that joins values, in their place
 */
export async function openJoinedRoom(
  bed: Bed,
  joinAfter?: number,
  terms: Pick<RoomOptions, 'plan' | 'contributors' | 'vectors' | 'naming'> = {},
): Promise<JoinedRoom> {
  const opened = await openMadeUpRoom(bed, 'joined-made-up', new JoinedLog(terms), joinAfter);
  const { roomId, log } = opened;
  const room: JoinedRoom = {
    ...opened,
    call: (name, { circuit, statement, chunk }) => ({
      method: CHUNKED[name],
      args: [roomId, circuit, statement as AbiValue, chunk, ...madeUpProof(circuit)],
    }),
    match: ({ circuit, slot, statement, chunk }) => ({
      method: 'post_match',
      args: [roomId, circuit, slot, statement as AbiValue, chunk, ...madeUpProof(circuit)],
    }),
    opened: ({ statement }) => ({
      method: 'post_opened',
      args: [roomId, statement as AbiValue, ...madeUpProof(circuitNumber('opened'))],
    }),
    masked: ({ statement }) => ({
      method: 'give_masked',
      args: [roomId, statement as AbiValue, ...madeUpProof(circuitNumber('masked'))],
    }),
    figures: ({ slot, statement }) => ({
      method: 'release_figures',
      args: [roomId, slot, statement as AbiValue, ...madeUpProof(circuitNumber('figures'))],
    }),
    async join(matched = true) {
      const { members } = log;
      await room.send(members.map((slot) => [slot, room.call('DatasetProven', log.dataset(slot))]));
      await room.send(members.map((slot) => [slot, room.call('BlindProven', log.blind(slot))]));
      for (let hop = 1; hop < members.length; hop++) {
        await room.send(members.map((list) => [log.turn(list, hop), room.call('HopProven', log.hop(list, hop))]));
      }
      if (matched) await room.send([[0, room.match(log.match(7))]]);
    },
  };
  return room;
}
