/** What the commands share: configuration, node, reference string, prover, contract, wallet, relay. */
import { join } from 'node:path';
import { loadConfig } from '../../../aztec.config.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import { DEFAULT_NUM_POINTS, loadSrs, type Srs } from '../../lib/proof/srs.ts';
import { openProver, type Prover } from '../../lib/proof/prover.ts';
import { loadContractArtifact } from '../../lib/chain/artifact.ts';
import { processArtifacts } from '../../lib/chain/process-artifacts.ts';
import { openContract, type ContractClient } from '../../lib/chain/contract.ts';
import type { Deployment } from '../../lib/chain/deployments.ts';
import { connectNode, type NodeConnection } from '../../lib/chain/node.ts';
import { eventSelectors, type EventSelectors } from '../../lib/chain/log.ts';
import { openWallet, type PartyWallet } from '../../lib/chain/wallet.ts';
import type { Relay } from '../../lib/relay/relay.ts';
import { egressLog, recordedRelay, recordedTransactions } from '../../lib/room/egress.ts';
import { openHome, type Home, type LocalRoom } from '../../lib/room/store.ts';
import type { Progress, Session } from '../../lib/room/session.ts';
import { openDeployment } from './deploy.ts';
import { openRelay, policyOf } from './policy-copy.ts';

const config = loadConfig();

/** What needs no party: reading and verifying. */
export type Reader = {
  readonly srs: Srs;
  readonly prover: Prover;
  readonly selectors: EventSelectors;
  readonly relay: Relay;
  close(): Promise<void>;
};

/** Loads the reference string, the prover and the relay. */
export async function openReader(): Promise<Reader> {
  await initField();
  const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
  await processArtifacts(srs);
  const prover = await openProver({ srs });
  return { srs, prover, selectors: await eventSelectors(), relay: openRelay(), close: () => prover.close() };
}

/** A party at work: everything that its acts need but the room itself. */
export type Party = Reader & { readonly connection: NodeConnection; readonly home: Home; readonly wallet: PartyWallet };

/** Opens a party's folder and wallet. */
export async function openParty(reader: Reader, folder: string, nodeUrl = config.network.url): Promise<Party> {
  const connection = await connectNode(nodeUrl);
  const home = await openHome(folder);
  try {
    return await openPartyOf(reader, connection, home);
  } catch (error) {
    await home.release();
    throw error;
  }
}

/** Opens the wallet of a party whose folder is open. Closing the party also lets go of its folder. */
export async function openPartyOf(reader: Reader, connection: NodeConnection, home: Home): Promise<Party> {
  const wallet = await openWallet(connection, join(home.folder, 'pxe'), home.accountSecret);
  const close = async () => {
    await wallet.close();
    await home.release();
  };
  return { ...reader, connection, home, wallet, close };
}

/** A connection to the configured node. */
export const connect = (): Promise<NodeConnection> => connectNode(config.network.url);

/** The contracts of the party's network; on a local one they are deployed where they are missing. */
export function deploymentOf(party: Party, report: (progress: Progress) => void): Promise<Deployment> {
  return openDeployment({ ...party, report });
}

/** The room contract as this party calls it. */
export async function contractClient(party: Party, address: bigint): Promise<ContractClient> {
  return openContract(party.connection, party.wallet, await loadContractArtifact('clean_room', party.srs), address);
}

/** The same party, whose wallet and relay put on the room's egress log what they send. */
export function onRecord(party: Party, roomId: bigint): Party {
  const { home, relay, wallet, connection } = party;
  const log = egressLog(home.folder, roomId);
  return {
    ...party,
    relay: recordedRelay(relay, log),
    wallet: { ...wallet, outgoing: recordedTransactions(log, connection.url) },
  };
}

/** A party's session in a room it has a record of. All that it sends is put on the room's egress log. */
export async function openSession(
  party: Party,
  room: LocalRoom,
  report: (progress: Progress) => void,
): Promise<Session> {
  const recorded = onRecord(party, room.roomId);
  const { connection, wallet, selectors, relay, prover, home } = recorded;
  const contract = await contractClient(recorded, room.contract);
  const policy = await policyOf(home, party.relay, room);
  return { connection, wallet, contract, selectors, relay, prover, home, room, policy, report };
}
