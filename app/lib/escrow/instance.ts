/**
 * Instances of the escrow contract. An instance is never deployed: its address follows from the contract's class, its
 * terms (the salt) and keys made from a secret, and whoever has these can use it.
 */
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import {
  type ContractInstanceWithAddress,
  getContractInstanceFromInstantiationParams,
} from '@aztec/aztec.js/contracts';
import { Fr } from '@aztec/aztec.js/fields';
import { deriveKeys } from '@aztec/aztec.js/keys';
import type { PartyWallet } from '../chain/wallet.ts';
import { assertField } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';

/** An escrow contract's instance: its address and the secret that its keys are made of. */
export type EscrowInstance = {
  readonly address: bigint;
  readonly secret: bigint;
  /** Hash of the instance's nullifier key, which stands in all its nullifiers: known to its parties alone. */
  readonly nullifierKey: bigint;
  readonly artifact: ContractArtifact;
  readonly instance: ContractInstanceWithAddress;
};

/**
 * The instance of given terms and secret.
 * @param artifact the contract `room_escrow`, of the reference string in use
 * @param salt {@link escrowSalt} or {@link subscriptionSalt} of the terms
 * @param secret a random field element, shared by the room's parties alone
 */
export async function escrowInstance(
  artifact: ContractArtifact,
  salt: bigint,
  secret: bigint,
): Promise<EscrowInstance> {
  if (assertField(secret, 'escrow secret') === 0n) throw new Error('the secret of an escrow must not be zero');
  const { publicKeys } = await deriveKeys(new Fr(secret));
  const instance = await getContractInstanceFromInstantiationParams(artifact, {
    salt: new Fr(salt),
    publicKeys,
    deployer: AztecAddress.ZERO,
  });
  const nullifierKey = (await publicKeys.masterNullifierPublicKey.hash()).toBigInt();
  return { address: instance.address.toBigInt(), secret, nullifierKey, artifact, instance };
}

/**
 * Makes an instance known to a party's wallet, with its keys: the wallet finds its notes from then on, and can call it.
 */
export async function registerInstance({ wallet }: PartyWallet, escrow: EscrowInstance): Promise<void> {
  await wallet.registerContract(escrow.instance, escrow.artifact, new Fr(escrow.secret));
}

/** The contract's kind of the nullifiers that payments leave. */
const PAID = 1n;

/** The nullifier that paying a part leaves below the escrow's address: hash 28. */
export function paymentNullifier({ nullifierKey }: EscrowInstance, part: number): bigint {
  return hash(Domain.escrowNullifier, [PAID, BigInt(part), nullifierKey]);
}
