/**
 * What contract and end-to-end tests stand on: the local network, contracts of the tests' own, a prover, and accounts, each
 * with a wallet and private state of its own.
 *
 * The test files of one jest process share accounts and contracts; the folders of ended processes are removed.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { openParty, openReader, type Party } from '../../app/server/party/environment.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { openContract, type ContractClient } from '../../app/lib/chain/contract.ts';
import type { Deployment } from '../../app/lib/chain/deployments.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { openContracts } from './deployment.ts';

/** An account at work, and the room contract as it calls it. */
export type Actor = { readonly party: Party; readonly client: ContractClient };

/** Accounts that take no slots. Author and treasury are those of the templates; the others mean nothing in any room. */
export type Stranger = 'author' | 'treasury' | 'outsider' | 'second outsider';

export type Bed = {
  /** Account i takes slot i of every room that has one; the first is the host of every room. */
  readonly slots: readonly Actor[];
  /** Has no slot in any room. */
  readonly outsider: Actor;
  readonly deployment: Deployment;
  /** Address of the room contract. */
  readonly contract: bigint;
  readonly relay: Relay;
  /** One of the accounts that take no slots, opened on first use. */
  stranger(name: Stranger): Promise<Actor>;
  /** The chain's time: that of the latest block, in seconds since the epoch. */
  now(): Promise<bigint>;
  close(): Promise<void>;
};

/** Folders of accounts and blobs, one per process: `<parent's id>-<id>`. */
const folders = join(loadConfig().cacheFolder, 'tests');
const folder = join(folders, `${process.ppid}-${process.pid}`);

/**
 * Opens the accounts (made on first use) and the contracts (deployed on first use).
 * @param slots how many accounts take slots: as many as the largest room of the file has
 */
export async function openBed({ slots: count = 3 }: { readonly slots?: number } = {}): Promise<Bed> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Not when this process ends: jest lets no test file see that.
  for (const name of readdirSync(folders)) {
    if (!isRunning(Number(name.split('-')[1]))) rmSync(join(folders, name), { recursive: true, force: true });
  }
  const relay = folderRelay(join(folder, 'relay'));
  const reader = { ...(await openReader()), relay };
  const parties = new Map<string, Promise<Party>>();
  const partyOf = (name: string): Promise<Party> => {
    const opening = parties.get(name) ?? openParty(reader, join(folder, name.replace(' ', '-')));
    parties.set(name, opening);
    return opening;
  };
  const close = async () => {
    for (const opened of await Promise.allSettled(parties.values())) {
      if (opened.status === 'fulfilled') await opened.value.close();
    }
    await reader.close();
  };
  try {
    const names = ['outsider', ...Array.from({ length: count }, (_, slot) => `slot ${slot}`)];
    await Promise.all(names.map(partyOf));
    const deployment = await openContracts(
      join(folder, 'deployments.json'),
      () => partyOf('author'),
      () => partyOf('treasury'),
    );
    const artifact = await loadContractArtifact('clean_room', reader.srs);
    const registry = await loadContractArtifact('template_registry', reader.srs);
    const actorOf = async (name: string): Promise<Actor> => {
      const party = await partyOf(name);
      const { connection, wallet } = party;
      // A wallet has the words of an assertion of the contracts that it knows alone.
      await openContract(connection, wallet, registry, deployment.registry);
      return { party, client: await openContract(connection, wallet, artifact, deployment.rooms) };
    };
    const [outsider, ...slots] = await Promise.all(names.map(actorOf));
    const { node } = outsider.party.connection;
    return {
      slots,
      outsider,
      deployment,
      contract: deployment.rooms,
      relay,
      stranger: actorOf,
      now: async () => BigInt((await node.getBlockHeader('latest'))!.globalVariables.timestamp),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
