/** The room contract as a party calls it: typed arguments in, mined transactions out, refusals as plain sentences. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Contract, type ContractMethod } from '@aztec/aztec.js/contracts';
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { Fr } from '@aztec/aztec.js/fields';
import type { NodeConnection } from './node.ts';
import type { PartyWallet } from './wallet.ts';

/** A value of the contract's ABI. */
export type AbiValue = bigint | number | boolean | readonly AbiValue[] | { readonly [name: string]: AbiValue };

/** How often the node is asked for a transaction's receipt, in seconds: local blocks come fast. */
const WAIT = { interval: 0.25 };

/** The contract refused an act; the message is its own. */
export class ContractRefusal extends Error {
  override name = 'ContractRefusal';
}

export type CleanRoomClient = {
  readonly address: bigint;
  /** Sends a call from the party's account and waits until it is mined; returns the transaction's hash. */
  send(method: string, ...args: AbiValue[]): Promise<string>;
  /** Calls a view or utility function without sending anything. */
  view(method: string, ...args: AbiValue[]): Promise<unknown>;
};

/** A client of the contract at `address`, which must be an instance of `artifact`'s class on the node. */
export async function openCleanRoom(
  connection: NodeConnection,
  party: PartyWallet,
  artifact: ContractArtifact,
  address: bigint,
): Promise<CleanRoomClient> {
  const at = AztecAddress.fromBigInt(address);
  const instance = await connection.node.getContract(at);
  if (!instance) {
    throw new Error(`There is no contract at ${at} on ${connection.url}. Is this invite for another network?`);
  }
  // Registering checks that the artifact's class is the one the instance was deployed with.
  await party.wallet.registerContract(instance, artifact);
  const contract = await Contract.at(at, artifact, party.wallet);
  const call = (method: string, args: AbiValue[]) => (contract.methods[method] as ContractMethod)(...args.map(toAbi));
  return {
    address,
    send: async (method, ...args) => {
      const simulate = () => call(method, args).simulate({ from: party.address });
      try {
        return await asRefusal(artifact, async () => {
          const { receipt } = await call(method, args).send({ from: party.address, fee: party.fee, wait: WAIT });
          return receipt.txHash.toString();
        });
      } catch (error) {
        if (!OVERTAKEN.test((error as Error).message)) throw error;
        // A transaction that fails on chain does not say why; simulating it on the same state does.
        await asRefusal(artifact, simulate);
        throw new ContractRefusal(
          'The chain dropped the transaction: another one was faster. Look at the room and try again.',
          { cause: error },
        );
      }
    },
    view: (method, ...args) =>
      asRefusal(artifact, async () => (await call(method, args).simulate({ from: party.address })).result),
  };
}

/**
 * Deploys the contract; returns its address. It is sent from no account: a deployer would be public, in the instance's
 * record and as caller of the constructor.
 */
export async function deployCleanRoom(party: PartyWallet, artifact: ContractArtifact): Promise<bigint> {
  const deployment = Contract.deploy(party.wallet, artifact, []);
  const { contract } = await deployment.send({ from: AztecAddress.ZERO, universalDeploy: true, fee: party.fee });
  return contract.address.toBigInt();
}

function toAbi(value: AbiValue): unknown {
  if (typeof value === 'bigint') return new Fr(value);
  if (Array.isArray(value)) return value.map(toAbi);
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, toAbi(v)]));
  return value;
}

/** What the network says of a transaction that was right when it was made, and no longer when its turn came. */
const OVERTAKEN =
  /^Transaction 0x[0-9a-f]+ (reverted|was dropped)|existing nullifier|nullifier conflict|duplicate nullifier/i;

/** Turns a failed assertion of the contract into a {@link ContractRefusal} that carries the assertion's message. */
async function asRefusal<T>(artifact: ContractArtifact, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const assertion = /Assertion failed: (.*?)(?: '|$|\n)/.exec(message);
    if (assertion) throw new ContractRefusal(assertion[1].trim() || textOf(error, artifact), { cause: error });
    throw error;
  }
}

/** The text of an assertion that an error names by its selector alone, as the node does for calls that only read. */
function textOf(error: unknown, artifact: ContractArtifact): string {
  const selector = (error as { revertData?: readonly Fr[] }).revertData?.[0]?.toBigInt().toString();
  for (const { errorTypes } of artifact.functions) {
    const type = selector === undefined ? undefined : errorTypes[selector];
    if (type?.error_kind === 'string') return type.string;
  }
  return 'The contract refused the call without saying why.';
}
