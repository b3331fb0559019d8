/** A wallet that works out once what its calls have in common. */
import type { Account } from '@aztec/aztec.js/account';
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import type { AztecAddress } from '@aztec/aztec.js/addresses';
import { getContractClassFromArtifact, type ContractInstanceWithAddress } from '@aztec/aztec.js/contracts';
import type { Fr } from '@aztec/aztec.js/fields';
import { EmbeddedWallet } from '@aztec/wallets/embedded';

/** Class ids by artifact: to compute one hashes all of the contract's code. */
const classIds = new WeakMap<ContractArtifact, Promise<Fr>>();

function classIdOf(artifact: ContractArtifact): Promise<Fr> {
  const id = classIds.get(artifact) ?? getContractClassFromArtifact(artifact).then(({ id }) => id);
  classIds.set(artifact, id);
  return id;
}

export class AccountWallet extends EmbeddedWallet {
  readonly #accounts = new Map<string, Promise<Account>>();

  /** An account's keys and the class of its contract stay the same: they are derived once, not for each call. */
  protected override getAccountFromAddress(address: AztecAddress): Promise<Account> {
    const name = address.toString();
    const account = this.#accounts.get(name) ?? super.getAccountFromAddress(address);
    this.#accounts.set(name, account);
    account.catch(() => this.#accounts.delete(name));
    return account;
  }

  /** Registering again what is known already changes nothing. */
  override async registerContract(
    instance: ContractInstanceWithAddress,
    artifact?: ContractArtifact,
    secretKey?: Fr,
  ): Promise<ContractInstanceWithAddress> {
    if (artifact && secretKey === undefined) {
      const known = await this.pxe.getContractInstance(instance.address);
      if (known?.currentContractClassId.equals(await classIdOf(artifact))) return instance;
    }
    return super.registerContract(instance, artifact, secretKey);
  }
}
