/** Creating rooms. */
import type { ContractClient } from '../../lib/chain/contract.ts';
import type { Deployment } from '../../lib/chain/deployments.ts';
import { canonicalPolicy, policyTerms, type Policy } from '../../lib/policy/policy.ts';
import { createRoom, newHostRoom } from '../../lib/room/acts.ts';
import { openEscrowOf } from '../../lib/room/money.ts';
import { chainOf, type Progress } from '../../lib/room/session.ts';
import { saveBlob, saveRoom, type LocalRoom } from '../../lib/room/store.ts';
import { contractClient, onRecord, type Party } from './environment.ts';

/** Which template a room is of, where it is not the one that its policy names alone. */
export type TemplateOptions = { readonly highRisk?: boolean; readonly template?: bigint };

/** What stands between a party and the room contract. */
export type Through = (client: ContractClient, party: Party) => ContractClient;

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
  const room = newHostRoom(home, chainOf(connection, deployment.rooms), policy);
  const recorded = onRecord(party, room.roomId);
  const document = new TextEncoder().encode(canonicalPolicy(policy));
  await saveRoom(home, room);
  await saveBlob(home, room.roomId, room.policyDocument, document);
  await recorded.relay.put(document);
  const escrow = policy.fees && (await openEscrowOf(recorded, room, policyTerms(policy, template)));
  report({ message: 'creating the room' });
  const header = await connection.node.getBlockHeader('latest');
  const contract = await contractClient(recorded, room.contract);
  const txHash = await createRoom(room, {
    contract: options.through?.(contract, party) ?? contract,
    prover,
    policy,
    template,
    now: BigInt(header!.globalVariables.timestamp),
    escrow: escrow?.instance.address ?? 0n,
  });
  return { room, txHash };
}

function templateFor({ templates }: Deployment, policy: Policy, { highRisk, template }: TemplateOptions): bigint {
  if (template !== undefined) return template;
  const { name, version } = policy.template;
  const key = `${name}${highRisk ? '-high-risk' : ''}/${version}`;
  if (templates[key] === undefined) throw new Error(`The registry of this network has no template ${key}.`);
  return templates[key];
}
