/** The token that fees and stakes are paid in: an instance of Aztec's standard Token contract. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { TokenContractArtifact } from '@aztec/noir-contracts.js/Token';
import type { AuthWitness } from '@aztec/aztec.js/authorization';
import { openContract, registeredContract, type ContractClient } from '../chain/contract.ts';
import type { NodeConnection } from '../chain/node.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import { randomField } from '../protocol/context.ts';

/** A transfer that a payer permits: the permission goes with the payment's transaction, the nonce into its call. */
export type TransferPermission = { readonly nonce: bigint; readonly witness: AuthWitness };

/** The token, as a party uses it. */
export type TokenClient = {
  readonly contract: ContractClient;
  /** The private balance of the party, or of another address whose keys the party's wallet has. */
  balance(owner?: bigint): Promise<bigint>;
  /** Permits `spender`, once, to move exactly `amount` from the party's private balance to itself. */
  permit(spender: bigint, amount: bigint): Promise<TransferPermission>;
};

/**
 * Opens the token at an address.
 * @throws when no standard Token is deployed there
 */
export async function openToken(connection: NodeConnection, party: PartyWallet, address: bigint): Promise<TokenClient> {
  const contract = await openContract(connection, party, TokenContractArtifact, address);
  return {
    contract,
    balance: async (owner = contract.sender) => {
      // A balance is read in the name of its owner.
      const reader = { ...party, address: AztecAddress.fromBigInt(owner) };
      return (await registeredContract(reader, TokenContractArtifact, address).view(
        'balance_of_private',
        owner,
      )) as bigint;
    },
    permit: async (spender, amount) => {
      const nonce = randomField();
      const call = [contract.sender, spender, amount, nonce];
      return { nonce, witness: await contract.authorise(spender, 'transfer_in_private', ...call) };
    },
  };
}
