/** A party's working set for one room: its wallet, its record, the relay and the prover. */
import type { ContractClient } from '../chain/contract.ts';
import { readEvents, readTranscript, type EventSelectors } from '../chain/log.ts';
import type { NodeConnection } from '../chain/node.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import type { Prover } from '../proof/prover.ts';
import type { Relay } from '../relay/relay.ts';
import type { Policy } from '../policy/policy.ts';
import type { LoggedEvent } from './events.ts';
import { replay, type Chain, type RoomView } from './replay.ts';
import { roomSeed, type RoomPlace } from './seed.ts';
import type { Home, LocalRoom } from './store.ts';

/** One line about what is going on, and how far it is where that is known. */
export type Progress = { readonly message: string; readonly done?: number; readonly total?: number };

/** All that a party's acts in one room need. */
export type Session = {
  readonly connection: NodeConnection;
  readonly wallet: PartyWallet;
  readonly contract: ContractClient;
  readonly selectors: EventSelectors;
  readonly relay: Relay;
  readonly prover: Prover;
  readonly home: Home;
  readonly room: LocalRoom;
  readonly policy: Policy;
  /** Is told how far the party is. */
  readonly report: (progress: Progress) => void;
};

/** Where a session's contract lives. */
export function chainOf(connection: NodeConnection, contract: bigint): Chain {
  const { chainId, rollupVersion } = connection.info;
  return { chainId, rollupVersion, contract };
}

/** Which room of which chain a record is about. */
export function placeOf(
  connection: NodeConnection,
  { contract, roomId }: Pick<LocalRoom, 'contract' | 'roomId'>,
): RoomPlace {
  return { ...chainOf(connection, contract), roomId };
}

/** The seed that a slot's keys of a room follow from: a function of the party's account and the room. */
export function seedOf({ home, room, connection }: Pick<Session, 'home' | 'room' | 'connection'>): Uint8Array {
  return roomSeed(home.accountSecret, placeOf(connection, room));
}

/** What identifies a room on a network, for reading it. */
export type RoomReader = Pick<Session, 'connection' | 'selectors'> & { readonly contract: bigint };

/** The contract knows no such room. */
export class NoSuchRoom extends Error {
  override name = 'NoSuchRoom';
}

/** The log of one room, or undefined when the contract knows no such room. */
export async function readRoomEvents(reader: RoomReader, roomId: bigint): Promise<LoggedEvent[] | undefined> {
  const events = await readEvents(reader.connection.node, reader.contract, reader.selectors);
  const own = events.filter(({ fields }) => fields[0] === roomId);
  return own.length > 0 ? own : undefined;
}

/**
 * A room as the chain has it: its log replayed and compared with the transcript in the contract's storage.
 * @throws NoSuchRoom when there is none; otherwise when log and storage disagree
 */
export async function readRoom(reader: RoomReader, roomId: bigint): Promise<{ view: RoomView; events: LoggedEvent[] }> {
  // Log and storage are read one after the other: a block in between makes them differ once, not twice.
  for (let attempt = 0; ; attempt++) {
    const transcript = await readTranscript(reader.connection.node, reader.contract, roomId);
    const events = await readRoomEvents(reader, roomId);
    if (!events) throw new NoSuchRoom('There is no such room at this contract. Check the room id and the network.');
    const view = replay(events, chainOf(reader.connection, reader.contract), (name) => reader.selectors.get(name)!);
    if (view.transcript === transcript) return { view, events };
    if (attempt === 4) throw new Error("The node's log of this room does not match the contract's storage.");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
