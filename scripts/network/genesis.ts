/** What every local network starts with: funded fee payers, and L1 contracts that fit them. */
import { createHash } from 'node:crypto';
import { getInitialTestAccountsData } from '@aztec/accounts/testing';
import { getContractInstanceFromInstantiationParams } from '@aztec/aztec.js/contracts';
import { Fr } from '@aztec/aztec.js/fields';
import { SPONSORED_FPC_SALT } from '@aztec/constants';
import { getL1ContractsConfigEnvVars } from '@aztec/ethereum/config';
import { deployAztecL1Contracts } from '@aztec/ethereum/deploy-aztec-l1-contracts';
import { SponsoredFPCContract } from '@aztec/noir-contracts.js/SponsoredFPC';
import { getVKTreeRoot } from '@aztec/noir-protocol-circuits-types/vk-tree';
import { protocolContractsHash } from '@aztec/protocol-contracts';
import { getGenesisValues } from '@aztec/world-state/testing';
import { L1_CHAIN_ID } from './foundry.ts';
import type { Deployment } from './state.ts';

/** Raise when the deployment below changes in a way that its inputs do not show. */
const DEPLOYMENT_VERSION = 1;

export type Genesis = Awaited<ReturnType<typeof makeGenesis>>;

/**
 * The genesis state: fee juice for the published test accounts and for the sponsored fee contract, which pays the fees
 * of whoever asks. That contract needs no deployment: its one function is private, so wallets only register it.
 */
export async function makeGenesis() {
  const accounts = await getInitialTestAccountsData();
  const sponsor = await getContractInstanceFromInstantiationParams(SponsoredFPCContract.artifact, {
    salt: new Fr(SPONSORED_FPC_SALT),
  });
  return await getGenesisValues([...accounts.map((account) => account.address), sponsor.address]);
}

/** Names the deployment that fits a genesis and slot length. */
export function deploymentKey(genesis: Genesis, slotSeconds: number): string {
  const parts = [
    DEPLOYMENT_VERSION,
    L1_SLOT_SECONDS,
    slotSeconds,
    genesis.genesisArchiveRoot,
    getVKTreeRoot(),
    protocolContractsHash,
  ];
  return createHash('sha256').update(parts.join()).digest('hex');
}

/**
 * Seconds of L1 time that an L1 block takes. An L2 block costs several L1 blocks (proposal, settlement, jump to the next
 * slot), so that longer ones would make the L2 clock run far ahead.
 */
export const L1_SLOT_SECONDS = 1;

/** Rollup settings of the local network; the same for deploying and for the node. */
export function rollupSettings(slotSeconds: number) {
  return {
    ethereumSlotDuration: L1_SLOT_SECONDS,
    aztecSlotDuration: slotSeconds,
    aztecEpochDuration: 2,
    aztecTargetCommitteeSize: 0, // no validators' committee: the one sequencer proposes alone
    slasherFlavor: 'none' as const,
  };
}

/** Deploys Aztec's L1 contracts on a fresh anvil with forge, from their published build. Takes about 20 s. */
export async function deployL1(
  l1Url: string,
  privateKey: `0x${string}`,
  genesis: Genesis,
  slotSeconds: number,
): Promise<Deployment> {
  const { l1ContractAddresses, rollupVersion } = await deployAztecL1Contracts(l1Url, privateKey, L1_CHAIN_ID, {
    ...getL1ContractsConfigEnvVars(),
    ...rollupSettings(slotSeconds),
    vkTreeRoot: getVKTreeRoot(),
    protocolContractsHash,
    genesisArchiveRoot: genesis.genesisArchiveRoot,
    feeJuicePortalInitialBalance: genesis.fundingNeeded,
    realVerifier: false,
  });
  return {
    key: deploymentKey(genesis, slotSeconds),
    registryAddress: l1ContractAddresses.registryAddress.toString(),
    rollupAddress: l1ContractAddresses.rollupAddress.toString(),
    rollupVersion,
  };
}
