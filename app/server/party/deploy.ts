/**
 * The contracts of a network: the registry of templates, the room contract that is bound to it, and the template of this
 * software. On a local network whatever is missing is deployed on first use, by an operator with accounts of its own;
 * on any other somebody does it once, with `room deploy`, and tells the addresses.
 */
import { join } from 'node:path';
import { getSchnorrAccountContractAddress } from '@aztec/accounts/schnorr';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { TokenContractArtifact } from '@aztec/noir-contracts.js/Token';
import { loadConfig } from '../../../aztec.config.ts';
import { contractClassId, loadContractArtifact } from '../../lib/chain/artifact.ts';
import { deployContract } from '../../lib/chain/contract.ts';
import { deploymentKey, readDeployment, recordDeployment, type Deployment } from '../../lib/chain/deployments.ts';
import type { NodeConnection } from '../../lib/chain/node.ts';
import { openWallet, type PartyWallet } from '../../lib/chain/wallet.ts';
import { openToken } from '../../lib/escrow/token.ts';
import { withLock } from '../../lib/host/lock.mjs';
import type { Prover } from '../../lib/proof/prover.ts';
import { loadSrs, type Srs } from '../../lib/proof/srs.ts';
import { CIRCUITS, circuitsDigest, type CircuitName } from '../../lib/protocol/context.ts';
import { openRegistry, Risk, type TemplateTerms } from '../../lib/registry/registry.ts';
import { keyHashes } from '../../lib/room/acts.ts';
import { openHome } from '../../lib/room/store.ts';
import type { Progress } from '../../lib/room/session.ts';
import { operatorFolder } from './operator-folder.ts';

const config = loadConfig();

/** Chain id of a local anvil: the only place where the development reference string may be deployed with. */
const LOCAL_CHAIN_ID = 31337n;

/** What deploying needs. */
export type Network = {
  readonly srs: Srs;
  readonly prover: Prover;
  readonly connection: NodeConnection;
  readonly report: (progress: Progress) => void;
};

/** What the templates of this software have in common. Rooms of every size may be free. */
const TERMS: Omit<TemplateTerms, 'risk'> = {
  min_slots: 2,
  max_slots: 5,
  band_rows: [1_000, 10_000],
  fees: [0n, 0n, 0n],
  author_share: 500,
  treasury_share: 500,
};

/** The templates of this software, by name; each is registered as version 1. */
const TEMPLATES = {
  overlap: { ...TERMS, risk: Risk.standard },
  /** The same for sensitive data: two accounts have to approve for every slot. */
  'overlap-high-risk': { ...TERMS, risk: Risk.high },
  aggregate: { ...TERMS, risk: Risk.standard },
  'aggregate-high-risk': { ...TERMS, risk: Risk.high },
  'intersection-sum': { ...TERMS, risk: Risk.standard },
  'intersection-sum-high-risk': { ...TERMS, risk: Risk.high },
  lift: { ...TERMS, risk: Risk.standard },
  'lift-high-risk': { ...TERMS, risk: Risk.high },
  threshold: { ...TERMS, risk: Risk.standard },
  'threshold-high-risk': { ...TERMS, risk: Risk.high },
} as const;

/** Version under which the templates are registered. */
const VERSION = 1;

/** A template of this software, as deployments name it. */
export type TemplateKey = `${keyof typeof TEMPLATES}/${typeof VERSION}`;

/** The sample token, for fees and stakes that are worth nothing. */
const SAMPLE_TOKEN = { name: 'Sample stablecoin', symbol: 'SAMPLE', decimals: 6 } as const;

/** Whether a network is one that this machine runs for itself. */
export function isLocal({ info }: NodeConnection): boolean {
  return info.chainId === LOCAL_CHAIN_ID;
}

/**
 * The contracts of the network, deployed first where it is a local one and they are missing or of other software.
 * @throws where they are missing on another network
 */
export async function openDeployment(network: Network): Promise<Deployment> {
  const known = await fittingDeployment(network);
  if (known) return known;
  const { connection, report } = network;
  if (!isLocal(connection)) {
    throw new Error(
      `No contracts of this software are known on the network ${connection.info.chainId}. Put the addresses that you were told ` +
        `into ${config.deploymentsFile}, under "${deploymentKey(placeOf(network))}"; or deploy them: room deploy`,
    );
  }
  return withOperator(network, async ({ author, treasury }) => {
    const meanwhile = await fittingDeployment(network);
    if (meanwhile) return meanwhile;
    report({ message: 'deploying the contracts' });
    return deployAll(network, author, treasury);
  });
}

/**
 * Deploys registry and room contract, registers this software's template, and puts it all on record.
 * @param author whose account becomes the template's author, in public
 * @param treasury address that takes the treasury's shares
 */
export async function deployAll(network: Network, author: PartyWallet, treasury: bigint): Promise<Deployment> {
  const { srs, connection, prover } = network;
  if (srs.kind === 'development' && !isLocal(connection)) {
    throw new Error(
      'The development reference string is for local networks alone: its secret is public. Connect to the internet once to fetch the real one.',
    );
  }
  const artifact = await loadContractArtifact('template_registry', srs);
  const registry = await deployContract(author, artifact, [treasury]);
  const escrowClass = await contractClassId('room_escrow', srs);
  const rooms = await deployContract(author, await loadContractArtifact('clean_room', srs), [registry, escrowClass]);
  const circuits = await keyHashes(prover);
  const { register } = await openRegistry(connection, author, artifact, registry);
  const templates: Record<string, bigint> = {};
  for (const [name, terms] of Object.entries(TEMPLATES)) {
    templates[`${name}/${VERSION}`] = await register(name, VERSION, circuits, terms);
  }
  const deployment = { registry, rooms, escrowClass, circuits: digestOf(circuits), templates };
  await recordDeployment(placeOf(network), deployment);
  return deployment;
}

/** Address of the room contract that this machine knows on a network. */
export async function knownRooms(connection: NodeConnection): Promise<bigint> {
  const srs = await loadSrs({ numPoints: 2 });
  const known = await readDeployment(placeOf({ connection, srs }));
  if (!known) throw new Error('This machine knows no room contract on this network: name it with --contract.');
  return known.rooms;
}

/** Address of a token that is worth nothing; deployed first where the local network has none. */
export async function sampleToken(network: Network): Promise<bigint> {
  const deployment = await openDeployment(network);
  if (deployment.token !== undefined && (await isThere(network.connection, deployment.token))) return deployment.token;
  return withOperator(network, async ({ author }) => {
    const latest = (await readDeployment(placeOf(network)))!;
    if (latest.token !== undefined && (await isThere(network.connection, latest.token))) return latest.token;
    network.report({ message: 'deploying the sample token' });
    const { name, symbol, decimals } = SAMPLE_TOKEN;
    const token = await deployContract(author, TokenContractArtifact, [
      author.address.toBigInt(),
      name,
      symbol,
      decimals,
    ]);
    await recordDeployment(placeOf(network), { ...latest, token });
    return token;
  });
}

/** Gives parties on a local network private sample tokens, and lets their wallets find them. */
export async function mintSample(network: Network, parties: readonly PartyWallet[], amount: bigint): Promise<void> {
  const token = await sampleToken(network);
  await withOperator(network, async ({ author }) => {
    const { contract } = await openToken(network.connection, author, token);
    for (const { wallet, address } of parties) {
      await wallet.registerSender(author.address, '');
      await contract.send('mint_to_private', address.toBigInt(), amount);
    }
  });
}

const placeOf = ({ connection, srs }: { connection: NodeConnection; srs: { identity: string } }) => ({
  file: config.deploymentsFile,
  info: connection.info,
  srsIdentity: srs.identity,
});

/** The deployment on record, if its contracts are there, of this software, and offer the circuits of this software. */
async function fittingDeployment(network: Network): Promise<Deployment | undefined> {
  const { srs, connection, prover } = network;
  const known = await readDeployment(placeOf(network));
  if (!known || known.circuits !== digestOf(await keyHashes(prover))) return undefined;
  // Another version of a contract is another class: rooms of this software need contracts of their own.
  if (known.escrowClass !== (await contractClassId('room_escrow', srs))) return undefined;
  for (const [name, address] of [
    ['template_registry', known.registry],
    ['clean_room', known.rooms],
  ] as const) {
    const instance = await connection.node.getContract(AztecAddress.fromBigInt(address));
    if (instance?.currentContractClassId.toBigInt() !== (await contractClassId(name, srs))) return undefined;
  }
  return known;
}

function digestOf(keyHashes: readonly bigint[]): bigint {
  const named = Object.fromEntries(CIRCUITS.map((name, i) => [name, keyHashes[i]]));
  return circuitsDigest(named as Record<CircuitName, bigint>);
}

async function isThere({ node }: NodeConnection, contract: bigint): Promise<boolean> {
  return (await node.getContract(AztecAddress.fromBigInt(contract))) !== undefined;
}

/** Who offers the templates on a local network, and the treasury's address. */
type Operator = { readonly author: PartyWallet; readonly treasury: bigint };

/** Folders of the operator's accounts, which hold rooms of nobody. They go with the chain: a new one knows nothing of them. */
const folderOfOperator = operatorFolder(config.network.folder);

/** Works as the local network's operator, one process at a time. */
async function withOperator<T>({ connection }: Network, work: (operator: Operator) => Promise<T>): Promise<T> {
  if (!isLocal(connection)) throw new Error('Only a local network has sample tokens and contracts of its own.');
  return withLock(join(folderOfOperator, '.lock'), async () => {
    const home = await openHome(join(folderOfOperator, 'author'));
    try {
      const treasury = await openHome(join(folderOfOperator, 'treasury'));
      await treasury.release();
      const author = await openWallet(connection, join(home.folder, 'pxe'), home.accountSecret);
      try {
        return await work({ author, treasury: await addressOf(treasury.accountSecret) });
      } finally {
        await author.close();
      }
    } finally {
      await home.release();
    }
  });
}

/** Address of the account that a secret determines; it need not be deployed to be paid. */
async function addressOf(accountSecret: bigint): Promise<bigint> {
  return (await getSchnorrAccountContractAddress(new Fr(accountSecret), Fr.ZERO)).toBigInt();
}
