/** Finding an account's rooms again from the chain alone, after its folder was lost but for the account secret. */
import { readEvents, type EventSelectors } from '../../lib/chain/log.ts';
import { fieldToHex } from '../../lib/field/field.ts';
import { newLocalRoom, ownSlotOnChain } from '../../lib/room/acts.ts';
import type { LoggedEvent } from '../../lib/room/events.ts';
import { hostCommitment } from '../../lib/room/grant.ts';
import { replay } from '../../lib/room/replay.ts';
import { hostSecrets } from '../../lib/room/seed.ts';
import { chainOf, placeOf, type Progress } from '../../lib/room/session.ts';
import { loadRoom, saveRoom, type LocalRoom } from '../../lib/room/store.ts';
import { ReplayError, type Chain, type RoomView } from '../../lib/room/view.ts';
import { type Party } from './environment.ts';
import { documentOf } from './policy-copy.ts';

/** What finding rooms needs of a party. */
export type Seeker = Pick<Party, 'connection' | 'selectors' | 'home' | 'wallet'>;

/**
 * Makes, or completes, the records of all rooms of a contract whose host is this account, or that it has a slot of.
 * Secrets that others made do not follow from the account: the escrow's comes from the host's invite.
 * @param contract address of the room contract
 * @param report is told of rooms whose log cannot be read
 * @returns the records, as they are saved in the party's folder
 */
export async function recoverRooms(
  { connection, selectors, home, wallet }: Seeker,
  contract: bigint,
  report: (progress: Progress) => void,
): Promise<LocalRoom[]> {
  const logs = Map.groupBy(await readEvents(connection.node, contract, selectors), ({ fields }) => fields[0]);
  const found: LocalRoom[] = [];
  for (const [roomId, events] of logs) {
    const view = replayOrNothing(events, chainOf(connection, contract), selectors, report);
    if (!view) continue;
    const known = await loadRoom(home, roomId);
    const bare = known ?? newLocalRoom({ roomId, contract, policyDocument: documentOf(view) });
    const slot = ownSlotOnChain({ connection, home, room: bare }, view);
    const secrets = hostSecrets(home.accountSecret, placeOf(connection, bare), view.policy.slots);
    const hosts = hostCommitment(roomId, wallet.address.toBigInt(), secrets.hostSecret) === view.terms.host_commitment;
    if (slot === undefined && !hosts) continue;
    const room: LocalRoom = {
      ...bare,
      ...(slot === undefined ? {} : { slot }),
      ...(hosts ? { hostSecret: secrets.hostSecret, inviteSecrets: [...secrets.inviteSecrets] } : {}),
      ...(hosts && view.terms.escrow !== 0n ? { escrowSecret: secrets.escrowSecret } : {}),
    };
    await saveRoom(home, room);
    found.push(room);
  }
  return found;
}

/** A room as its log tells it; undefined where the log breaks the rules, which no room of an honest node does. */
function replayOrNothing(
  events: LoggedEvent[],
  chain: Chain,
  selectors: EventSelectors,
  report: (progress: Progress) => void,
): RoomView | undefined {
  try {
    return replay(events, chain, (name) => selectors.get(name)!);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    report({ message: `passing over room ${fieldToHex(events[0].fields[0])}: ${error.message}` });
    return undefined;
  }
}
