/** A receipt for tests of what receipts show without proofs. */
import { readFileSync } from 'node:fs';
import { fieldsToBytes, fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, policyTerms } from '../../app/lib/policy/policy.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import { CIRCUITS, type CircuitName } from '../../app/lib/protocol/context.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { buildReceipt } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { CHAIN, finishFrom, RoomLog, type RoomOptions } from '../room/log.ts';

/** The policy of the receipt's room. */
export const POLICY_FILE = 'examples/overlap.policy.json';

/** A receipt of a whole room of two whose log is right and whose proofs are made up. */
export async function madeUpReceipt(count: number): Promise<Receipt> {
  await initField();
  const policy = parsePolicy(JSON.parse(readFileSync(POLICY_FILE, 'utf8')));
  const keys = CIRCUITS.map((_, i) => 1000n + BigInt(i));
  const options: RoomOptions = { policy: policyTerms(policy, 4711n), circuits: keys };
  const log = finishFrom(new RoomLog(options).create().take(0, 1).approve(0, 1).commit(0, 1), 'released', count);
  const proofs = new Map<string, Uint8Array>();
  const announced = log.replay().proofs.map(({ digest }) => digest);
  for (const [i, event] of log.events.entries()) {
    if (event.name === 'ShareGiven') log.events[i] = { ...event, fields: event.fields.with(-1, log.matchTranscript()) };
    if (!announced.includes(event.fields.at(-1)!)) continue;
    const proof = Array.from({ length: 500 }, (_, at) => BigInt(1000 * i + at));
    const digest = proofDigest(proof);
    proofs.set(fieldToHex(digest), fieldsToBytes(proof));
    log.events[i] = { ...event, fields: event.fields.with(-1, digest) };
  }
  const { chainId, rollupVersion, contract } = CHAIN;
  const source = {
    connection: { info: { chainId, rollupVersion, provesTransactions: false } },
    contract: { address: contract },
    relay: { getNamed: async (name: string) => proofs.get(name)! } as Relay,
    prover: {
      srs: { kind: 'development', identity: 'made-up' },
      verificationKey: async (name: CircuitName) => ({ hash: keys[CIRCUITS.indexOf(name)] }),
    } as Prover,
    policy,
  };
  return buildReceipt(source, log.replay(), log.events);
}
