/** A receipt of a room that counts what two lists have in common, whose every proof is true, made without a network. */
import type { Policy } from '../../app/lib/policy/policy.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import { blindChunks, datasetChunks, hopChunks, matchChunks, releaseProof } from '../../app/lib/proof/statements.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { roomKey } from '../../app/lib/protocol/keys.ts';
import { matchLists } from '../../app/lib/protocol/match.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { BLIND, DATASET, HOP, MATCH, RELEASE } from '../../app/lib/room/events.ts';
import { decode } from '../../app/lib/room/schema.ts';
import { keysOf, ROOM, seedOf, sigma } from '../room/log.ts';
import { beginProvenLog } from './proven-log.ts';

/**
 * The receipt of a room of two parties whose lists are as long as this, with the second half of the one in the first half of
 * the other. At least k have to be in common. Lists of more than 64 rows take proofs of circuits for 256 rows, of some ten
 * seconds each.
 */
export async function provenOverlap(policy: Policy, rows: number, prover: Prover): Promise<Receipt> {
  const proven = await beginProvenLog(policy, prover);
  const { log } = proven;
  const { members, context } = log;
  const { k, minRows, maxRows } = policy;
  const slots = members.map((slot) => {
    const first = 1 + slot * Math.floor(rows / 2);
    const dataset = makeDataset(Array.from({ length: rows }, (_, i) => BigInt(first + i)));
    return { slot, seed: seedOf(slot), dataset, keys: keysOf(slot) };
  });
  for (const { slot, seed, dataset } of slots) {
    const jobs = datasetChunks({ context, slot, seed, dataset, minRows, maxRows, rules: [] });
    await proven.addChunks('DatasetProven', DATASET, jobs);
  }
  const lists = [];
  for (const { slot, seed, dataset, keys } of slots) {
    const list = await blindDataset({ context, slot, dataset, blinding: keys.blinding });
    await proven.addChunks('BlindProven', BLIND, await blindChunks({ context, slot, seed, dataset, list }));
    lists.push(list);
  }
  const hopped = [];
  for (const input of lists) {
    const { slot, seed, keys } = slots[1 - input.list];
    const output = await hopList({ list: input, slot, members, blinding: keys.blinding });
    await proven.addChunks('HopProven', HOP, await hopChunks({ context, slot, seed, input, output }));
    hopped.push(output);
  }

  const decryptionPublics = slots.map(({ keys }) => keys.decryptionPublic);
  const [{ slot: matching, seed }] = slots;
  const room = { context, members, lists: hopped, key: roomKey(decryptionPublics), k, seed };
  const match = matchLists(room);
  await proven.addMatch(matching, MATCH, matchChunks({ ...room, match }));

  const { ciphertext, matched } = match;
  const transcript = proven.view().matchTranscript!;
  const shares = slots.map(({ slot, seed: own, keys: { decryption, decryptionPublic } }) =>
    makeShare({ context, slot, decryption, decryptionPublic, ciphertext, seed: own }),
  );
  shares.forEach(({ share, proof }, i) => {
    const [challenge, response_low, response_high] = sigma(proof);
    const { slot } = slots[i];
    log.add('ShareGiven', { room_id: ROOM, slot, share, challenge, response_low, response_high, transcript });
  });
  const job = releaseProof({ context, members, decryptionPublics, shares, ciphertext, k, count: matched });
  const statement = decode(RELEASE, job.publicInputs, job.circuit);
  log.add('ResultReleased', { room_id: ROOM, slot: matching, statement, proof_digest: await proven.prove(job) });
  return proven.receipt();
}
