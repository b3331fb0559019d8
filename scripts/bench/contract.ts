/** What acts cost: gates of every private function, and gas of every public one that a room calls. */
import '../../app/server/party/quiet.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startNative } from '../../app/lib/field/native.ts';
import type { AbiValue, ContractClient, PublicGas } from '../../app/lib/chain/contract.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { nameField, openRegistry } from '../../app/lib/registry/registry.ts';
import { keyHashes, OWN_ACT } from '../../app/lib/room/acts.ts';
import { grantCommitment, HOST_SLOT, ROLES } from '../../app/lib/room/grant.ts';
import { loadRoom } from '../../app/lib/room/store.ts';
import { contractClient, deploymentOf, openParty, openReader, type Party } from '../../app/server/party/environment.ts';
import { progressTo } from '../room/output.ts';
import { rehearse } from '../room/rehearse.ts';

const root = join(import.meta.dirname, '../..');

/** The contracts that have private functions of their own. */
const CONTRACTS = ['clean_room', 'room_escrow'] as const;

/** Runs the bench on the configured network and prints tables in Markdown. */
export async function benchContract(): Promise<void> {
  console.log('Private functions: gates of each alone, without those that it calls and without the kernels.\n');
  printTable(['function', 'gates'], await privateGates());
  console.log(
    '\nPublic functions: gas of the call alone, in a room of two slots with a fee and stakes, one chunk a step.\n',
  );
  printTable(['function', 'L2 gas', 'DA gas'], await publicGas());
  console.log('\nNot measured, since they need a deadline to pass: leave_out, expire.');
}

/** Gates of a function, by name. */
async function privateGates(): Promise<[string, number[]][]> {
  const api = await startNative();
  try {
    const rows: [string, number[]][] = [];
    for (const contract of CONTRACTS) {
      const { functions } = JSON.parse(readFileSync(join(root, 'artifacts/contracts', `${contract}.json`), 'utf8')) as {
        functions: { name: string; custom_attributes: string[]; bytecode: string }[];
      };
      for (const { name, custom_attributes, bytecode } of functions) {
        if (!custom_attributes.includes('abi_private')) continue;
        const circuit = { name, bytecode: new Uint8Array(gunzipSync(Buffer.from(bytecode, 'base64'))) };
        const { circuitSize } = await api.chonkStats({ circuit, includeGatesPerOpcode: false });
        rows.push([`${contract}.${name}`, [circuitSize]]);
      }
    }
    return rows;
  } finally {
    await api.destroy();
  }
}

/** Gas of the public halves of a room's acts. */
async function publicGas(): Promise<[string, number[]][]> {
  const gas = new Map<string, PublicGas>();
  const measure: Measure = async (client, method, ...args) => {
    if (!gas.has(method)) gas.set(method, await client.gas(method, ...args));
  };
  const { folder, contract, roomId } = await rehearse({
    policyFile: join(root, 'examples/overlap.policy.json'),
    slotFiles: ['shop', 'magazine'].map((name) => join(root, `examples/${name}.csv`)),
    money: { fee: 1000n, stake: 1000n },
    report: (label) => progressTo(process.stderr, label),
    through: (client, party) => ({
      ...client,
      send: async (method, ...args) => {
        await measure(client, method, ...args);
        await measureBeside(method, args, client, party, measure);
        return client.send(method, ...args);
      },
    }),
  });
  const reader = await openReader();
  const party = await openParty(reader, join(folder, 'slot-0'));
  try {
    const rooms = await contractClient(party, contract);
    const { hostSecret } = (await loadRoom(party.home, roomId))!;
    await measure(rooms, 'close', rooms.sender, roomId, hostSecret!, OWN_ACT);
    await measure(rooms, 'attest_deletion', roomId, 0, 1n);
    const { registry } = await deploymentOf(party, progressTo(process.stderr));
    const artifact = await loadContractArtifact('template_registry', party.srs);
    const { contract: templates } = await openRegistry(party.connection, party.wallet, artifact, registry);
    await measure(templates, 'register', nameField('bench'), 1, await keyHashes(party.prover), TERMS);
  } finally {
    await party.close();
    await reader.close();
  }
  return [...gas].map(([name, { l2, da }]) => [name, [l2, da]]);
}

type Measure = (client: ContractClient, method: string, ...args: AbiValue[]) => Promise<void>;

/** Terms of a template that is never registered. */
const TERMS = {
  min_slots: 2,
  max_slots: 5,
  risk: 0,
  band_rows: [1, 2],
  fees: [0n, 0n, 0n],
  author_share: 0,
  treasury_share: 0,
};

/** Measures what else could be done just before an act of the host's slot; roles are granted for it. */
async function measureBeside(
  method: string,
  args: readonly AbiValue[],
  client: ContractClient,
  { home }: Party,
  measure: Measure,
): Promise<void> {
  const { sender } = client;
  if (method === 'post_blind') await measure(client, 'dispute', args[0], (args[2] as { slot: number }).slot);
  if (method !== 'approve') return;
  const [, roomId, slot, policyDigest] = args as [bigint, bigint, number, bigint];
  const { hostSecret } = (await loadRoom(home, roomId))!;
  if (hostSecret === undefined) return;
  await measure(client, 'revoke', sender, roomId, slot, OWN_ACT);
  await measure(client, 'cancel', sender, roomId, hostSecret, OWN_ACT);

  const secret = 1n;
  const approver = grantCommitment({ roomId, slot, role: 'approver', grantee: sender, secret });
  const granting: AbiValue[] = [sender, roomId, slot, ROLES.approver, approver, OWN_ACT];
  await measure(client, 'grant_role', ...granting);
  await client.send('grant_role', ...granting);
  await measure(client, 'approve_as', roomId, slot, policyDigest, secret);
  await measure(client, 'revoke_role', sender, roomId, slot, approver, OWN_ACT);

  const auditor = grantCommitment({ roomId, slot: HOST_SLOT, role: 'auditor', grantee: sender, secret });
  const naming: AbiValue[] = [sender, roomId, hostSecret, ROLES.auditor, auditor, OWN_ACT];
  await measure(client, 'grant_role_as_host', ...naming);
  await client.send('grant_role_as_host', ...naming);
  await measure(client, 'record_audit', roomId, HOST_SLOT, secret, 1n);
  await measure(client, 'revoke_role_as_host', sender, roomId, hostSecret, auditor, OWN_ACT);
}

/** Prints rows, the cheapest first, each number with its ratio to the least of its column. */
function printTable(columns: readonly string[], rows: readonly [string, number[]][]): void {
  const least = rows[0][1].map((_, i) => Math.min(...rows.map(([, numbers]) => numbers[i])));
  const [first, ...numbers] = columns;
  console.log(`| ${[first, ...numbers.flatMap((name) => [name, 'ratio'])].join(' | ')} |`);
  console.log(`|${'---|'.repeat(1 + 2 * numbers.length)}`);
  for (const [name, values] of [...rows].sort((a, b) => a[1][0] - b[1][0])) {
    const cells = values.flatMap((value, i) => [value, (value / least[i]).toFixed(1)]);
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
}
