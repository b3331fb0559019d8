/** Commands that look: at a room, at its whole history, at a receipt. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig } from '../../../aztec.config.ts';
import { fieldToHex } from '../../../app/lib/field/field.ts';
import type { Policy } from '../../../app/lib/policy/policy.ts';
import { buildReceipt } from '../../../app/lib/receipt/build.ts';
import { restoreBlobs } from '../../../app/lib/room/engine.ts';
import { HOST_SLOT } from '../../../app/lib/room/grant.ts';
import type { Session } from '../../../app/lib/room/session.ts';
import { isOver, nextStep, type NextStep } from '../../../app/lib/room/next.ts';
import type { RoomView } from '../../../app/lib/room/view.ts';
import { nodeUrl, nothing, readOwn, report, resultText, roomCommand, withSession, type Common } from '../command.ts';
import { print } from '../output.ts';
import { verdictText, verifyFile } from '../verify.ts';

const config = loadConfig();

/** Adds the commands. */
export function readingCommands(program: Command): void {
  roomCommand(program, 'status', 'show a room, and what it waits for').action(
    (id: string | undefined, _options: unknown, command: Command) =>
      withSession(command, id, nothing, async (session, common) => {
        const { view, events } = await readOwn(session);
        const { room, policy } = session;
        const next = room.slot === undefined ? undefined : nextStep(view, room.slot);
        const text = await statusText(view, session, next);
        print(common.json, { ...statusOf(view, policy), next, events: events.length }, text);
      }),
  );

  roomCommand(program, 'receipt', 'write the receipt of a room that has a result')
    .option('--out <file>', 'file to write', 'receipt.json')
    .action((id: string | undefined, options: { out: string }, command: Command) =>
      withSession(command, id, nothing, async (session, common) => {
        const { view, events } = await readOwn(session);
        await restoreBlobs(session, view);
        const receipt = await buildReceipt(session, view, events);
        await writeFile(options.out, `${JSON.stringify(receipt, null, 2)}\n`);
        print(
          common.json,
          { file: options.out, digest: receipt.digest, result: receipt.result },
          `Receipt: ${options.out}`,
        );
      }),
    );

  program
    .command('verify')
    .description('check a receipt: every proof, digest and rule, and the chain’s record; needs no account')
    .argument('<receipt>', 'receipt file')
    .option('--allow-dev-srs', 'accept the development reference string, whose secret is public', false)
    .option('--offline', 'do not compare with the chain', false)
    .option('--node <url>', 'node to compare with', nodeUrl, config.network.url)
    .action(
      async (file: string, options: { allowDevSrs: boolean; offline: boolean; node: string }, command: Command) => {
        const { json } = command.optsWithGlobals<Common>();
        const verdict = await verifyFile(file, {
          allowDevSrs: options.allowDevSrs,
          nodeUrl: options.offline ? undefined : options.node,
          onCheck: ({ title, status }) => report({ message: `${title}: ${status}` }),
        });
        print(json, verdict, verdictText(verdict));
        if (!verdict.verified) process.exitCode = 1;
      },
    );
}

/** A room in the form in which `status --json` tells it. */
function statusOf(view: RoomView, { parties }: Policy) {
  const { state, members, leftOut, atFault, payments, deletion, grants, audits, result, progress, terms } = view;
  return {
    room: fieldToHex(view.roomId),
    state,
    members,
    leftOut,
    atFault,
    disputed: progress.disputed,
    slots: view.slots.map((slot, i) => ({
      slot: i,
      label: parties[i].label,
      inRoom: members.includes(i),
      taken: slot !== undefined,
      approved: slot?.approved ?? false,
      ...(payments.due.includes(i) ? { paid: slot?.paid ?? false } : {}),
      committed: slot?.dataset !== undefined,
      blinded: view.lists[i][0] !== undefined,
      share: slot?.share !== undefined,
      deleted: deletion.attested.includes(i),
    })),
    grants: grants.map(({ grant, ...rest }) => ({ grant: fieldToHex(grant), ...rest })),
    audits: audits.map(({ slot, grant, reportDigest }) => ({
      slot,
      grant: fieldToHex(grant),
      reportDigest: fieldToHex(reportDigest),
    })),
    deletion,
    result,
    deadlines: terms.deadlines,
  };
}

async function statusText(view: RoomView, session: Session, next: NextStep | undefined): Promise<string> {
  const { room, state, slots, grants, audits, disputed, atFault } = statusOf(view, session.policy);
  const waits = next?.kind === 'wait' ? `waits for ${next.on}` : next ? `your next step: ${next.kind}` : '';
  const whose = (slot: number) => (slot === HOST_SLOT ? 'the host' : `slot ${slot}`);
  return [
    `Room ${room} is ${state}`,
    ...slots.map(({ slot, label, inRoom, ...done }) => {
      const reason = view.leftOut.find((left) => left.slot === slot)?.reason;
      const facts = Object.entries(done).flatMap(([name, value]) => (value === true ? [name] : []));
      return `  ${slot} ${label}: ${[...(inRoom ? [] : [`left out (${reason ?? 'late'})`]), ...facts].join(', ') || 'open'}`;
    }),
    ...grants.map(
      ({ grant, slot, role, revoked }) => `  ${role} of ${whose(slot)}${revoked ? ', revoked' : ''}: ${grant}`,
    ),
    ...audits.map(({ slot, reportDigest }) => `  audit report, auditor of ${whose(slot)}: ${reportDigest}`),
    ...(disputed ? ['  a party said that it cannot go on: nobody loses its stake'] : []),
    ...(atFault.length > 0 ? [`  ended by the fault of slot ${atFault.join(', ')}`] : []),
    isOver(view) ? await resultText(view, session) : waits,
  ].join('\n');
}
