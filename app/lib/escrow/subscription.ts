/** A subscription, as its holder uses it: sessions paid in advance that later pay parts of rooms' fees. */
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { registeredContract, type ContractClient } from '../chain/contract.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import { EscrowTermsError, subscriptionSalt, type SubscriptionTerms } from './terms.ts';
import { escrowInstance, registerInstance, type EscrowInstance } from './instance.ts';
import type { EscrowClient } from './escrow.ts';
import type { TokenClient } from './token.ts';

/** Functions return the hash of their mined transaction, and throw a `ContractRefusal` that says why when refused. */
export type SubscriptionClient = {
  readonly terms: SubscriptionTerms;
  readonly instance: EscrowInstance;
  /** The contract itself. */
  readonly contract: ContractClient;
  /** Buys the sessions from the party's balance, for itself. */
  subscribe(): Promise<string>;
  /** Pays a part that is due to a room's escrow, which the party has opened, with one session. */
  pay(escrow: EscrowClient, part: number): Promise<string>;
  /** Takes back what is left after the subscription expired. */
  end(): Promise<string>;
  /** What the subscription holds. */
  balance(): Promise<bigint>;
};

/**
 * Opens a subscription: the holder's wallet gets to know the instance.
 * @param artifact the contract `room_escrow`
 * @param secret the holder's own secret for this subscription
 * @param token the token of the terms, opened by the same party
 */
export async function openSubscription(
  party: PartyWallet,
  artifact: ContractArtifact,
  terms: SubscriptionTerms,
  secret: bigint,
  token: TokenClient,
): Promise<SubscriptionClient> {
  if (token.contract.address !== terms.token) throw new EscrowTermsError('this is not the token of the subscription');
  const instance = await escrowInstance(artifact, subscriptionSalt(terms), secret);
  await registerInstance(party, instance);
  const { address } = instance;
  const scope = { additionalScopes: [address] };
  const contract = registeredContract(party, artifact, address, scope);
  return {
    terms,
    instance,
    contract,
    subscribe: async () => {
      const { nonce, witness } = await token.permit(address, terms.price * BigInt(terms.sessions));
      const permitted = contract.with({ ...scope, authWitnesses: [witness] });
      return permitted.send('subscribe', terms, contract.sender, contract.sender, nonce);
    },
    pay: (escrow, part) =>
      contract
        .with({ additionalScopes: [address, escrow.instance.address] })
        .send('pay_with_allowance', terms, escrow.instance.address, escrow.terms, part),
    end: () => contract.send('end_subscription', terms),
    balance: () => token.balance(address),
  };
}
