/** What the commands share: configuration, node, reference string, prover, contract, wallet, relay. */
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { DEFAULT_NUM_POINTS, loadSrs, type Srs } from '../../app/lib/proof/srs.ts';
import { openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { processArtifacts } from '../compile/process.ts';
import { deployCleanRoom, openCleanRoom, type CleanRoomClient } from '../../app/lib/chain/clean-room.ts';
import { readDeployment, recordDeployment } from '../../app/lib/chain/deployments.ts';
import { connectNode, type NodeConnection } from '../../app/lib/chain/node.ts';
import { eventSelectors, type EventSelectors } from '../../app/lib/chain/log.ts';
import { openWallet, type PartyWallet } from '../../app/lib/chain/wallet.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { documentDigest, parsePolicyText, type Policy } from '../../app/lib/policy/policy.ts';
import { openHome, type Home, type LocalRoom } from '../../app/lib/room/store.ts';
import type { Progress, Session } from '../../app/lib/room/session.ts';

const config = loadConfig();

/** Chain id of a local anvil: the only place where the development reference string may be deployed with. */
const LOCAL_CHAIN_ID = 31337n;

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
  return { srs, prover, selectors: await eventSelectors(), relay: folderRelay(config.relayFolder), close: () => prover.close() };
}

/** A party at work: everything that its acts need but the room itself. */
export type Party = Reader & { readonly connection: NodeConnection; readonly home: Home; readonly wallet: PartyWallet };

/** Opens a party's folder and wallet. */
export async function openParty(reader: Reader, folder: string, nodeUrl = config.network.url): Promise<Party> {
  const connection = await connectNode(nodeUrl);
  const home = await openHome(folder);
  try {
    const wallet = await openWallet(connection, join(folder, 'pxe'), home.accountSecret);
    const close = async () => {
      await wallet.close();
      await home.release();
    };
    return { ...reader, connection, home, wallet, close };
  } catch (error) {
    await home.release();
    throw error;
  }
}

/** The contract's address on this network, deploying it from the party's account where there is none yet. */
export async function contractAddress(party: Party, report: (progress: Progress) => void): Promise<bigint> {
  const { connection, srs, wallet } = party;
  const place = { cacheFolder: config.cacheFolder, info: connection.info, srsIdentity: srs.identity };
  const address = await readDeployment(place);
  if (address !== undefined) {
    const { AztecAddress } = await import('@aztec/aztec.js/addresses');
    if (await connection.node.getContract(AztecAddress.fromBigInt(address))) return address;
  }
  if (srs.kind === 'development' && connection.info.chainId !== LOCAL_CHAIN_ID) {
    throw new Error(
      'The development reference string is for local networks alone: its secret is public. Connect to the internet once to fetch the real one.',
    );
  }
  report({ message: 'deploying the room contract' });
  const deployed = await deployCleanRoom(wallet, await loadContractArtifact('clean_room', srs));
  await recordDeployment(place, deployed);
  return deployed;
}

/** The room contract as this party calls it. */
export async function contractClient(party: Party, address: bigint): Promise<CleanRoomClient> {
  return openCleanRoom(party.connection, party.wallet, await loadContractArtifact('clean_room', party.srs), address);
}

/** A party's session in a room it has a record of. */
export async function openSession(party: Party, room: LocalRoom, report: (progress: Progress) => void): Promise<Session> {
  const { connection, selectors, relay, prover, home } = party;
  const contract = await contractClient(party, room.contract);
  const policy = await fetchPolicy(relay, room.policyDocument);
  return { connection, contract, selectors, relay, prover, home, room, policy, report };
}

/** Reads a policy document from the relay by its SHA-256. */
export async function fetchPolicy(relay: Relay, document: string): Promise<Policy> {
  const policy = parsePolicyText(new TextDecoder('utf-8', { fatal: true }).decode(await relay.get(document)));
  if (Buffer.from(documentDigest(policy)).toString('hex') !== document) {
    throw new Error('The policy document in the relay is not in canonical form. Ask the host to publish it again.');
  }
  return policy;
}
