/** A room's escrow, as one of the room's parties uses it. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { Overtaken, registeredContract, type AbiValue, type ContractClient } from '../chain/contract.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import { amountDue, escrowSalt, EscrowTermsError, type EscrowTerms } from './terms.ts';
import { escrowInstance, registerInstance, type EscrowInstance } from './instance.ts';
import type { TokenClient } from './token.ts';

/** How often a payout is tried where the parties of a room take theirs at the same time, out of the same notes. */
const PAYOUT_ATTEMPTS = 6;

/** Functions return the hash of their mined transaction, and throw a `ContractRefusal` that says why when refused. */
export type EscrowClient = {
  readonly terms: EscrowTerms;
  readonly instance: EscrowInstance;
  /** The contract itself. */
  readonly contract: ContractClient;
  /** Pays what is due for a part from the party's balance. */
  deposit(part: number): Promise<string>;
  /** Takes back what the party paid for a part, where the room's end lets it. */
  refund(part: number): Promise<string>;
  /** Takes the fee's share of a slot whose consent the party holds. */
  claim(slot: number): Promise<string>;
  /** Takes a slot's part of the stake that another slot forfeited. */
  claimSlashed(slot: number, faulty: number): Promise<string>;
  /** Has the template's author and the treasury paid. */
  payTemplate(): Promise<string>;
  /** What the escrow holds, as far as the party's wallet can see. */
  balance(): Promise<bigint>;
  /**
   * Whether the party's wallet sees in the escrow what these parts should have brought into it. Nothing proves that a
   * payment's note was encrypted so that others can read it (docs/escrow.md): look before committing data.
   */
  holds(parts: readonly number[]): Promise<boolean>;
};

/**
 * Opens a room's escrow: its wallet gets to know the instance.
 * @param artifact the contract `room_escrow`
 * @param secret the escrow's secret, from the invite
 * @param token the token of the terms, opened by the same party
 */
export async function openEscrow(
  party: PartyWallet,
  artifact: ContractArtifact,
  terms: EscrowTerms,
  secret: bigint,
  token: TokenClient,
): Promise<EscrowClient> {
  if (token.contract.address !== terms.token) throw new EscrowTermsError('this is not the token of the escrow');
  const instance = await escrowInstance(artifact, escrowSalt(terms), secret);
  await registerInstance(party, instance);
  const { address } = instance;
  const scope = { additionalScopes: [address] };
  const contract = registeredContract(party, artifact, address, scope);
  return {
    terms,
    instance,
    contract,
    deposit: async (part) => {
      const amount = amountDue(terms, part);
      if (amount === 0n) throw new EscrowTermsError(`nothing is due for part ${part}`);
      const { nonce, witness } = await token.permit(address, amount);
      const permitted = contract.with({ ...scope, authWitnesses: [witness] });
      return permitted.send('deposit', terms, part, contract.sender, nonce);
    },
    refund: (part) => takeOut(contract, 'refund', terms, part),
    claim: (slot) => takeOut(contract, 'claim', terms, slot),
    claimSlashed: (slot, faulty) => takeOut(contract, 'claim_slashed', terms, slot, faulty),
    payTemplate: () => takeOut(contract, 'pay_template', terms),
    balance: () => token.balance(address),
    holds: async (parts) => {
      const due = parts.reduce((sum, part) => sum + amountDue(terms, part), 0n);
      return (await token.balance(address)) >= due;
    },
  };
}

/** Sends a payout, again where another party's was faster: what it was to be made of is gone, and other notes are there. */
async function takeOut(contract: ContractClient, method: string, ...args: AbiValue[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await contract.send(method, ...args);
    } catch (error) {
      if (!(error instanceof Overtaken) || attempt === PAYOUT_ATTEMPTS) throw error;
      // Not all at the same time again.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * attempt * 1000));
    }
  }
}

/**
 * Lets a wallet find what an escrow pays to its account. Needed by whoever is paid without having the escrow's secret: a
 * template's author and the treasury. They have to be told the escrow's address.
 */
export async function expectPayments({ wallet }: PartyWallet, escrow: bigint): Promise<void> {
  await wallet.registerSender(AztecAddress.fromBigInt(escrow), 'escrow');
}
