/**
 * The process that works for one profile: it holds its folder, its wallet and the prover, and does one thing after another.
 * The app's server starts it; pages never wait for a proof.
 *
 *   node app/server/party/agent.ts FOLDER    (with a channel to the process that starts it)
 */
import './quiet.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { initField } from '../../lib/field/poseidon2.ts';
import { explain } from '../explain.ts';
import { ACTS, check, type At } from './acts.ts';
import { drive } from './driver.ts';
import { openParty, openReader, type Party, type Reader } from './environment.ts';
import { inTurn } from './in-turn.ts';
import type { Reply, Request } from './messages.ts';

/** Milliseconds that closing may take. */
const PATIENCE = 5_000;

const folder = process.argv[2];
const queue = inTurn();
let opened: Promise<Party> | undefined;
let reader: Promise<Reader> | undefined;

/** The profile's wallet, opened when it is first needed. A failure is not kept: the network may answer later. */
function party(): Promise<Party> {
  opened ??= openAll().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function openAll(): Promise<Party> {
  reader ??= openReader().catch((error: unknown) => {
    reader = undefined;
    throw error;
  });
  const own = await openParty(await reader, folder);
  void drive({
    party: own,
    inTurn: queue,
    report: (room) => (progress) => say({ progress, room }),
    tell: (room, turn) => say({ turn, room }),
  });
  return own;
}

function say(reply: Reply): void {
  process.send?.(reply);
}

async function answer(request: Request): Promise<void> {
  const { id, act, input } = request;
  const room = 'room' in input ? input.room : undefined;
  const report: At['report'] = (progress) => say({ progress, room, id });
  try {
    // A table is looked at beside whatever else goes on: it may be a long look.
    if (act === 'check') return say({ id, output: await check(folder, input) });
    const doing = ACTS[act] as (at: At, input: Request['input']) => Promise<object>;
    // Opening goes before the queue, since what drives the rooms uses that, too.
    const own = await party();
    say({ id, output: (await queue(() => doing({ party: own, report }, input))) as { address: string } });
  } catch (error) {
    say({ id, refused: explain(error) });
  }
}

process.on('message', (request) => void answer(request as Request));
process.once('disconnect', async () => {
  const closed = opened?.then((own) => own.close()).catch(() => undefined);
  // A step under way is done again from the chain's state: nothing waits for it.
  await Promise.race([closed, sleep(PATIENCE)]);
  process.exit();
});
await initField();
