/** Creating rooms. */
import type { ContractClient } from '../../lib/chain/contract.ts';
import type { Deployment } from '../../lib/chain/deployments.ts';
import type { NodeConnection } from '../../lib/chain/node.ts';
import { writingClient } from '../../lib/chain/written.ts';
import { canonicalPolicy, policyTerms, type Policy } from '../../lib/policy/policy.ts';
import { createRoom, newHostRoom } from '../../lib/room/acts.ts';
import { openEscrowOf } from '../../lib/room/money.ts';
import { chainOf, type Progress, type Session } from '../../lib/room/session.ts';
import { saveBlob, saveRoom, type LocalRoom } from '../../lib/room/store.ts';
import { contractClient, onRecord, type Party } from './environment.ts';

/** Which template a room is of, where it is not the one that its policy names alone. */
export type TemplateOptions = { readonly highRisk?: boolean; readonly template?: bigint };

/** What stands between a party and the room contract. */
export type Through = (client: ContractClient, party: Party) => ContractClient;

/**
 * Prepares a room that an account of another wallet is to host: record and policy are kept and given to the relay. The room
 * comes to be once that account sends the call that {@link writeCreation} writes.
 * @param account address of that account
 */
export async function draftRoom(
  party: Party,
  deployment: Deployment,
  policy: Policy,
  account: bigint,
  options: TemplateOptions = {},
): Promise<LocalRoom> {
  if (policy.fees) throw new Error(NO_FEES);
  const hostedBy = { account, template: templateFor(deployment, policy, options) };
  return keepRoom(
    party,
    { ...newHostRoom(party.home, chainOf(party.connection, deployment.rooms), policy), hostedBy },
    policy,
  );
}

/** The escrow of a room with fees is made by its host's own wallet. */
const NO_FEES =
  'A room with fees or stakes is created by the built-in account. Leave the money out, or host it with that account.';

/** The call that creates a prepared room, as JSON: deadlines begin now. */
export async function writeCreation({ connection, contract, prover, policy, room }: Session): Promise<string> {
  if (!room.hostedBy) throw new Error('The built-in account hosts this room.');
  return createRoom(room, {
    contract: writingClient(contract, room.hostedBy.account),
    prover,
    policy,
    template: room.hostedBy.template,
    now: await timeOf(connection),
    escrow: 0n,
  });
}

/** Creates a room that the party hosts. Its record is kept before the chain knows of it. */
export async function hostRoom(
  party: Party,
  deployment: Deployment,
  policy: Policy,
  report: (progress: Progress) => void,
  options: TemplateOptions & { readonly through?: Through } = {},
): Promise<{ room: LocalRoom; txHash: string }> {
  const { home, connection, prover } = party;
  const template = templateFor(deployment, policy, options);
  const room = await keepRoom(party, newHostRoom(home, chainOf(connection, deployment.rooms), policy), policy);
  const recorded = onRecord(party, room.roomId);
  const escrow = policy.fees && (await openEscrowOf(recorded, room, policyTerms(policy, template)));
  report({ message: 'creating the room' });
  const contract = await contractClient(recorded, room.contract);
  const txHash = await createRoom(room, {
    contract: options.through?.(contract, party) ?? contract,
    prover,
    policy,
    template,
    now: await timeOf(connection),
    escrow: escrow?.instance.address ?? 0n,
  });
  return { room, txHash };
}

/** Keeps a room's record and its policy, and gives the policy to the relay. */
async function keepRoom(party: Party, room: LocalRoom, policy: Policy): Promise<LocalRoom> {
  const document = new TextEncoder().encode(canonicalPolicy(policy));
  await saveRoom(party.home, room);
  await saveBlob(party.home, room.roomId, room.policyDocument, document);
  await onRecord(party, room.roomId).relay.put(document);
  return room;
}

/** The chain's time, in seconds since the epoch. */
async function timeOf({ node }: NodeConnection): Promise<bigint> {
  return BigInt((await node.getBlockHeader('latest'))!.globalVariables.timestamp);
}

function templateFor({ templates }: Deployment, policy: Policy, { highRisk, template }: TemplateOptions): bigint {
  if (template !== undefined) return template;
  const { name, version } = policy.template;
  const key = `${name}${highRisk ? '-high-risk' : ''}/${version}`;
  if (templates[key] === undefined) throw new Error(`The registry of this network has no template ${key}.`);
  return templates[key];
}
