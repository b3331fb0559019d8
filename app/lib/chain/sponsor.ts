/** The contract that pays fees on networks that have it, so that no transaction names its sender as payer. */
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { getContractInstanceFromInstantiationParams } from '@aztec/aztec.js/contracts';
import { Fr } from '@aztec/aztec.js/fields';
import { SPONSORED_FPC_SALT } from '@aztec/constants';
import { SponsoredFPCContract } from '@aztec/noir-contracts.js/SponsoredFPC';
import type { ContractInstanceWithAddress } from '@aztec/stdlib/contract';

/** A contract as a wallet has to know it for calling it. */
export type WalletContract = { readonly instance: ContractInstanceWithAddress; readonly artifact: ContractArtifact };

/** The sponsored fee contract. */
export async function sponsorContract(): Promise<WalletContract> {
  const { artifact } = SponsoredFPCContract;
  const salt = new Fr(SPONSORED_FPC_SALT);
  return { instance: await getContractInstanceFromInstantiationParams(artifact, { salt }), artifact };
}
