/** A party's copy of a room's policy document, and the relay that it first comes from. Nothing here needs a wallet or prover. */
import { loadConfig } from '../../../aztec.config.ts';
import { fieldToHex } from '../../lib/field/field.ts';
import { canonicalPolicy, documentName, parsePolicyText, type Policy } from '../../lib/policy/parse.ts';
import { folderRelay } from '../../lib/relay/folder.ts';
import { RelayError, type Relay } from '../../lib/relay/relay.ts';
import { egressLog, recordedRelay } from '../../lib/room/egress.ts';
import { loadBlob, saveBlob, type Home, type LocalRoom } from '../../lib/room/store.ts';
import type { RoomView } from '../../lib/room/view.ts';

/** The relay that this machine is set to. */
export function openRelay(): Relay {
  return folderRelay(loadConfig().relayFolder);
}

/** A room's policy from this party's own copy, which is also given back to a relay that lost it; from the relay at first. */
export async function policyOf(home: Home, relay: Relay, { roomId, policyDocument }: LocalRoom): Promise<Policy> {
  const kept = await loadBlob(home, roomId, policyDocument);
  if (!kept) {
    const policy = await fetchPolicy(relay, policyDocument);
    await saveBlob(home, roomId, policyDocument, new TextEncoder().encode(canonicalPolicy(policy)));
    return policy;
  }
  const policy = readPolicy(kept, policyDocument);
  try {
    await relay.get(policyDocument);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    await recordedRelay(relay, egressLog(home.folder, roomId)).put(kept);
  }
  return policy;
}

/** SHA-256 of a room's policy document, in hexadecimal digits. */
export function documentOf({ policy }: RoomView): string {
  return fieldToHex(policy.document_high).slice(-32) + fieldToHex(policy.document_low).slice(-32);
}

/** Reads a policy document from the relay by its SHA-256. */
export async function fetchPolicy(relay: Relay, document: string): Promise<Policy> {
  try {
    return readPolicy(await relay.get(document), document);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    throw new Error(
      `The room's policy cannot be had from the relay (${error.message}). Any command of the host on this room stores it again.`,
    );
  }
}

/** Reads a policy document whose SHA-256 is known. */
export function readPolicy(bytes: Uint8Array, document: string): Policy {
  const policy = parsePolicyText(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (documentName(policy) !== document) {
    throw new Error(
      'This is not the policy document of the room, or not in canonical form. Ask the host for the room anew.',
    );
  }
  return policy;
}
