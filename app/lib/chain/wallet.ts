/** One party's wallet: its own account, keys and private state, in its own folder. */
import { mkdir } from 'node:fs/promises';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { SponsoredFeePaymentMethod } from '@aztec/aztec.js/fee';
import { Fr } from '@aztec/aztec.js/fields';
import { createStore } from '@aztec/kv-store/lmdb-v2';
import type { EmbeddedWallet } from '@aztec/wallets/embedded';
import { AccountWallet } from './account-wallet.ts';
import { KernelProver } from './kernels.ts';
import type { NodeConnection } from './node.ts';
import { watchedNode, type TellOutgoing } from './outgoing.ts';
import { acrossReorgs } from './reorg.ts';
import { sponsorContract } from './sponsor.ts';

/** Version of the layout of a party's private state store. */
const STORE_VERSION = 3;

/** What the node says of a transaction that was made on the genesis block, once there is another block. */
const TOO_EARLY = /Invalid expiration timestamp/;

/** A party's account, and how its transactions are paid for. */
export type PartyWallet = {
  readonly wallet: EmbeddedWallet;
  readonly address: AztecAddress;
  /** Fees are paid by the sponsored fee contract, so that no transaction names its sender as payer. */
  readonly fee: { readonly paymentMethod: SponsoredFeePaymentMethod };
  /** Told of each transaction of this wallet's contract calls, right before it leaves; nobody is unless set. */
  readonly outgoing?: TellOutgoing;
  /** Closes the store; the wallet is unusable afterwards. */
  close(): Promise<void>;
};

/**
 * Opens (and on first use deploys) the Schnorr account that `secret` determines.
 * @param folder where the party's private state lives; made if missing, never shared between parties
 */
export async function openWallet(connection: NodeConnection, folder: string, secret: bigint): Promise<PartyWallet> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const l1Contracts = await connection.node.getL1ContractAddresses();
  const store = await createStore('pxe_data', STORE_VERSION, {
    dataDirectory: folder,
    dataStoreMapSizeKb: 16 * 1024 * 1024,
    l1Contracts,
  });
  // `ephemeral` concerns the wallet's own list of accounts, which the secret alone restores; the private state is kept.
  const wallet = await AccountWallet.create(watchedNode(connection.node), {
    ephemeral: true,
    pxeConfig: { proverEnabled: connection.info.provesTransactions },
    pxeOptions: { store, proverOrOptions: new KernelProver() },
  });
  const account = await wallet.createSchnorrAccount(new Fr(secret), Fr.ZERO);
  const sponsor = await sponsorContract();
  await wallet.registerContract(sponsor.instance, sponsor.artifact);
  const fee = { paymentMethod: new SponsoredFeePaymentMethod(sponsor.instance.address) };
  const { isContractInitialized } = await wallet.getContractMetadata(account.address);
  if (!isContractInitialized) {
    const deployment = await account.getDeployMethod();
    const deploy = () => acrossReorgs(() => deployment.send({ from: AztecAddress.ZERO, fee }));
    try {
      await deploy().catch((error: Error) => {
        // Made before the network's first block, and not in it: it has no chance any more, but another one has.
        if (!TOO_EARLY.test(error.message)) throw error;
        return deploy();
      });
    } catch (error) {
      // A deployment sent just before a crash may have landed in the meantime.
      if (!(await wallet.getContractMetadata(account.address)).isContractInitialized) throw error;
    }
  }
  return {
    wallet,
    address: account.address,
    fee,
    close: async () => {
      await wallet.stop();
      await store.close();
    },
  };
}
