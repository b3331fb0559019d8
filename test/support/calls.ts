/** Calls of the contract as values: recorded from the product's own code, changed by tests, simulated or sent. */
import { ContractRefusal, type AbiValue, type ContractClient } from '../../app/lib/chain/contract.ts';
import { some } from './choice.ts';

/** A call of one of the contract's private functions. */
export type Call = { readonly method: string; readonly args: readonly AbiValue[] };

/** Arguments by position, for {@link withArgs}. */
export type Changes = { readonly [position: number]: AbiValue };

/** Interrupts the product's code at the moment at which it would send a transaction. */
class Recorded extends Error {
  readonly call: Call;

  constructor(call: Call) {
    super(`recorded a call of ${call.method}`);
    this.call = call;
  }
}

/** A client that sends nothing: see {@link recordCall}. */
export function recordingClient(client: ContractClient): ContractClient {
  return {
    ...client,
    send: (method, ...args) => {
      throw new Recorded({ method, args });
    },
  };
}

/** The call that `act` would send, which it does through a {@link recordingClient}; undefined when it sends none. */
export async function recordIfAny(act: () => Promise<unknown>): Promise<Call | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof Recorded) return error.call;
    throw error;
  }
}

/** The call that `act` sends. */
export async function recordCall(act: () => Promise<unknown>): Promise<Call> {
  const call = await recordIfAny(act);
  if (!call) throw new Error('nothing was sent');
  return call;
}

/** Sends a call and waits until it is mined; returns the transaction's hash. */
export const send = (client: ContractClient, { method, args }: Call): Promise<string> => client.send(method, ...args);

/** What {@link outcome} says of a call that nothing speaks against. */
export const ACCEPTED = 'accepted';

/**
 * What the contract says to a call in the chain's present state: `'accepted'`, or why it is refused. The call is
 * simulated: private and public functions run with all their checks, but no block is made.
 */
export async function outcome(client: ContractClient, { method, args }: Call): Promise<string> {
  try {
    await client.view(method, ...args);
    return ACCEPTED;
  } catch (error) {
    if (error instanceof ContractRefusal) return error.message;
    throw error;
  }
}

/** A call with other values at some positions of its arguments. */
export function withArgs(call: Call, changes: Changes): Call {
  return { ...call, args: call.args.map((value, i) => changes[i] ?? value) };
}

/** A call in which members of its struct at `position` have other values. */
export function withMembers(call: Call, position: number, members: Readonly<Record<string, AbiValue>>): Call {
  return withArgs(call, { [position]: { ...(call.args[position] as Record<string, AbiValue>), ...members } });
}

/** Functions whose first argument is the account that they act for. */
const ON_BEHALF = new Set([
  'approve',
  'grant_role',
  'revoke_role',
  'grant_role_as_host',
  'revoke_role_as_host',
  'revoke',
  'cancel',
  'close',
]);

/** A call as another account would make it in its own name. */
export function madeBy({ sender }: ContractClient, call: Call): Call {
  return ON_BEHALF.has(call.method) ? withArgs(call, { 0: sender }) : call;
}

/** One thing that must be refused: what is wrong with it, the call, and what the contract says. */
export type Refusal = readonly [fault: string, call: Call, message: string];

/**
 * What the contract says to each fault, beside what it should say, for one `toEqual`. Without `SOAK=1` of a quarter of the
 * faults, and two at least, others each time.
 */
export async function refusals(client: ContractClient, cases: readonly Refusal[]) {
  const said: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [fault, call, message] of some(cases, Math.max(2, Math.ceil(cases.length / 4)))) {
    said[fault] = await outcome(client, call);
    expected[fault] = message;
  }
  return { said, expected };
}
