/** The `room` command: `npm run -s room -- <command> [options]`. */
import '../app/server/party/quiet.ts';
import './room/settings.ts';
import { CommanderError } from 'commander';
import { readEarly } from './room/early.ts';
import { explain } from '../app/server/explain.ts';
import { roomProgram } from './room/program.ts';

try {
  const program = await roomProgram(readEarly().command);
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong, or printed help.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`room: ${explain(error)}\n`);
  if (process.env.ROOM_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
// Open handles of the PXE's worker threads would keep the process alive for nothing.
process.exit();
