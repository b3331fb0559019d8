/**
 * What contract and end-to-end tests stand on: the local network, the room contract, a prover, and three accounts, each
 * with a wallet and private state of its own. The third has no slot in any room.
 *
 * The test files of one jest process share accounts and contract; the folders of ended processes are removed.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { contractAddress, contractClient, openParty, openReader, type Party } from '../../scripts/room/environment.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import type { ContractClient } from '../../app/lib/chain/contract.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';

/** An account at work, and the contract as it calls it. */
export type Actor = { readonly party: Party; readonly client: ContractClient };

export type Bed = {
  /** Take slots 0 and 1; the first is the host of every room. */
  readonly slots: readonly [Actor, Actor];
  readonly outsider: Actor;
  readonly contract: bigint;
  readonly relay: Relay;
  /** The chain's time: that of the latest block, in seconds since the epoch. */
  now(): Promise<bigint>;
  close(): Promise<void>;
};

/** Folders of accounts and blobs, one per process: `<parent's id>-<id>`. */
const folders = join(loadConfig().cacheFolder, 'tests');
const folder = join(folders, `${process.ppid}-${process.pid}`);

/** Opens the accounts (made on first use) and the contract (deployed on first use). */
export async function openBed(): Promise<Bed> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Not when this process ends: jest lets no test file see that.
  for (const name of readdirSync(folders)) {
    if (!isRunning(Number(name.split('-')[1]))) rmSync(join(folders, name), { recursive: true, force: true });
  }
  const relay = folderRelay(join(folder, 'relay'));
  const reader = { ...(await openReader()), relay };
  const parties: Party[] = [];
  const close = async () => {
    for (const party of parties) await party.close();
    await reader.close();
  };
  try {
    const names = ['slot-0', 'slot-1', 'outsider'];
    const opened = await Promise.allSettled(names.map((name) => openParty(reader, join(folder, name))));
    for (const result of opened) if (result.status === 'fulfilled') parties.push(result.value);
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
    const contract = await contractAddress(parties[0], () => {});
    const clients = await Promise.all(parties.map((party) => contractClient(party, contract)));
    const [first, second, outsider] = parties.map((party, i) => ({ party, client: clients[i] }));
    const { node } = parties[0].connection;
    return {
      slots: [first, second],
      outsider,
      contract,
      relay,
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
