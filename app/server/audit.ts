/** The audit log of a room, read from the chain for everybody who asks. */
import { error } from '@sveltejs/kit';
import { loadConfig } from '../../aztec.config.ts';
import { readDeployment } from '../lib/chain/deployments.ts';
import { eventSelectors } from '../lib/chain/log.ts';
import { connectNode } from '../lib/chain/node.ts';
import { parseField } from '../lib/field/field.ts';
import { initField } from '../lib/field/poseidon2.ts';
import { loadSrs } from '../lib/proof/srs.ts';
import { receiptSchema } from '../lib/receipt/schema.ts';
import { policyOfReceipt } from '../lib/receipt/verify.ts';
import { readHistory, type RoomHistory } from '../lib/room/history.ts';
import type { RoomView } from '../lib/room/view.ts';
import { answers } from './answers.ts';
import { readReceipt } from './receipts.ts';
import { withoutSecrets } from './redact.ts';

/**
 * Reads the audit log of a room of the configured contract.
 * @throws SvelteKit's error, with what a visitor can do: no such room, no node, or a record that does not add up
 */
export async function auditOf(room: string): Promise<RoomHistory> {
  if (!/^0x[0-9a-f]{64}$/.test(room)) error(404, { message: 'This is no id of a room: 0x and 64 digits.' });
  const { network, deploymentsFile } = loadConfig();
  if (!(await answers(network.url))) {
    error(503, {
      message: 'The Aztec node does not answer, so there is no record to read: this page keeps nothing of its own.',
      todo: 'Start a local network, or name another node in the environment variable AZTEC_NODE_URL:',
      command: 'npm run network -- start',
    });
  }
  try {
    await initField();
    const connection = await connectNode(network.url);
    const { identity } = await loadSrs({ numPoints: 2 });
    const deployment = await readDeployment({ file: deploymentsFile, info: connection.info, srsIdentity: identity });
    if (!deployment) throw new Error('This server knows no room contract on this network.');
    const reader = { connection, contract: deployment.rooms, selectors: await eventSelectors() };
    return await readHistory(reader, parseField(room), (view) => labelsOf(room, view));
  } catch (failure) {
    error(502, {
      message: 'No record of this room can be shown.',
      todo: withoutSecrets(failure instanceof Error ? failure.message : String(failure)),
    });
  }
}

/** Names of the parties, where this server has a receipt of the room with the very policy that the room was created with. */
async function labelsOf(room: string, view: RoomView): Promise<string[]> {
  try {
    const bytes = await readReceipt(room);
    const receipt = receiptSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return policyOfReceipt(receipt, view).parties.map(({ label }) => label);
  } catch {
    return [];
  }
}
