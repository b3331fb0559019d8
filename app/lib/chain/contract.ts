/** A contract as a party calls it: typed arguments in, mined transactions out, refusals as plain sentences. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import type { AuthWitness } from '@aztec/aztec.js/authorization';
import { Contract, type ContractMethod } from '@aztec/aztec.js/contracts';
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { Fr } from '@aztec/aztec.js/fields';
import type { ExecutionPayload } from '@aztec/stdlib/tx';
import type { NodeConnection } from './node.ts';
import { tellingOutgoing } from './outgoing.ts';
import { acrossReorgs } from './reorg.ts';
import type { PartyWallet } from './wallet.ts';

/** A value of a contract's ABI; addresses are their field elements. */
export type AbiValue = bigint | number | boolean | string | readonly AbiValue[] | { readonly [name: string]: AbiValue };

/** How often the node is asked for a transaction's receipt, in seconds: local blocks come fast. */
const WAIT = { interval: 0.25 };

/** The contract refused an act; the message is its own. */
export class ContractRefusal extends Error {
  override name = 'ContractRefusal';
}

/** Another transaction was faster: what this one was right about when it was made is no longer so. Trying again may help. */
export class Overtaken extends ContractRefusal {
  override name = 'Overtaken';
}

/** What a call may use besides its sender's own account. */
export type CallOptions = {
  /** Permissions of the sender for calls that another contract makes in its name; see {@link ContractClient.authorise}. */
  readonly authWitnesses?: readonly AuthWitness[];
  /** Addresses other than the sender's whose keys and notes the call uses. */
  readonly additionalScopes?: readonly bigint[];
};

/** Gas of a call's public part: for execution on L2, and for data on L1. */
export type PublicGas = { readonly l2: number; readonly da: number };

/** One contract, called by one party. */
export type ContractClient = {
  readonly address: bigint;
  /** Address of the party's account: the caller of every call, and its `from` and `host` arguments. */
  readonly sender: bigint;
  /** Sends a call from the party's account and waits until it is mined; returns the transaction's hash. */
  send(method: string, ...args: AbiValue[]): Promise<string>;
  /** Writes a call down, with how its fee is paid, for a wallet elsewhere to sign and send: an execution payload. */
  write(method: string, ...args: AbiValue[]): Promise<ExecutionPayload>;
  /** Calls a view or utility function, or tries any other, without sending anything; returns what it returns. */
  view(method: string, ...args: AbiValue[]): Promise<unknown>;
  /** What the public part of a call costs in the chain's present state, by simulation. */
  gas(method: string, ...args: AbiValue[]): Promise<PublicGas>;
  /** The party's permission for `caller` to make exactly this call of this contract in the party's name, in private. */
  authorise(caller: bigint, method: string, ...args: AbiValue[]): Promise<AuthWitness>;
  /** The same client, whose calls have these options. */
  with(options: CallOptions): ContractClient;
};

/**
 * A client of the contract that is deployed at `address`.
 * @throws when the node knows no contract there, or one of another class than `artifact`'s
 */
export async function openContract(
  connection: NodeConnection,
  party: PartyWallet,
  artifact: ContractArtifact,
  address: bigint,
): Promise<ContractClient> {
  const at = AztecAddress.fromBigInt(address);
  const instance = await connection.node.getContract(at);
  if (!instance) {
    throw new Error(`There is no contract at ${at} on ${connection.url}. Is this invite for another network?`);
  }
  // Registering checks that the artifact's class is the one the instance was deployed with.
  await party.wallet.registerContract(instance, artifact);
  return registeredContract(party, artifact, address);
}

/** A client of a contract that the party's wallet knows already. */
export function registeredContract(
  party: PartyWallet,
  artifact: ContractArtifact,
  address: bigint,
  options: CallOptions = {},
): ContractClient {
  const contract = Contract.at(AztecAddress.fromBigInt(address), artifact, party.wallet);
  const simulate = (method: string, args: AbiValue[]) => acrossReorgs(() => call(method, args).simulate(how));
  const call = (method: string, args: AbiValue[]) => {
    const make = contract.methods[method] as ContractMethod | undefined;
    if (!make) throw new Error(`The contract ${artifact.name} has no function ${method}.`);
    return make(...args.map(toAbi));
  };
  const how = {
    from: party.address,
    authWitnesses: [...(options.authWitnesses ?? [])],
    additionalScopes: (options.additionalScopes ?? []).map((scope) => AztecAddress.fromBigInt(scope)),
  };
  return {
    address,
    sender: party.address.toBigInt(),
    send: async (method, ...args) => {
      try {
        return await asRefusal(artifact, async () => {
          const send = () => call(method, args).send({ ...how, fee: party.fee, wait: WAIT });
          const { receipt } = await acrossReorgs(() => tellingOutgoing(party.outgoing, artifact.name, method, send));
          return receipt.txHash.toString();
        });
      } catch (error) {
        if (!OVERTAKEN.test((error as Error).message)) throw error;
        // A transaction that fails on chain does not say why; simulating it on the same state does.
        await asRefusal(artifact, () => simulate(method, args));
        throw new Overtaken(
          'The chain dropped the transaction: another one was faster. Look at the room and try again.',
          { cause: error },
        );
      }
    },
    write: (method, ...args) => call(method, args).request({ fee: party.fee }),
    view: (method, ...args) => asRefusal(artifact, async () => (await simulate(method, args)).result),
    gas: (method, ...args) =>
      asRefusal(artifact, async () => {
        const simulation = { ...how, fee: { estimateGas: true } };
        const { gasUsed } = await party.wallet.simulateTx(await call(method, args).request(), simulation);
        return { l2: gasUsed.publicGas.l2Gas, da: gasUsed.publicGas.daGas };
      }),
    authorise: async (caller, method, ...args) =>
      party.wallet.createAuthWit(party.address, {
        caller: AztecAddress.fromBigInt(caller),
        call: await call(method, args).getFunctionCall(),
      }),
    with: (more) => registeredContract(party, artifact, address, more),
  };
}

/**
 * Deploys a contract; returns its address. It is sent from no account: a deployer would be public, in the instance's
 * record and as caller of the constructor.
 */
export async function deployContract(
  party: PartyWallet,
  artifact: ContractArtifact,
  args: readonly AbiValue[] = [],
): Promise<bigint> {
  const deployment = Contract.deploy(party.wallet, artifact, args.map(toAbi));
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
    const assertion = /Assertion failed: ([^\n]*)/.exec(message);
    if (assertion) {
      // Some errors quote the failed expression after the message.
      const text = assertion[1].replace(/ '[^']*'$/, '').trim();
      throw new ContractRefusal(text || textOf(error, artifact), { cause: error });
    }
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
