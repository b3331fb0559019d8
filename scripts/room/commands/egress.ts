/** The command that shows what left this machine. It needs no node, and can be given while another one is at work. */
import type { Command } from 'commander';
import { listEgress, readEgress, type Egress } from '../../../app/lib/room/egress.ts';
import { fieldToHex, parseField } from '../../../app/lib/field/field.ts';
import type { Common } from '../command.ts';
import { print } from '../output.ts';

/** Adds the command. */
export function egressCommand(program: Command): void {
  program
    .command('egress')
    .description('show what left this machine for a room: blobs and transactions, with time, size and purpose')
    .argument('[room]', 'room id; not needed where something left for one room alone')
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<Common>();
      const roomId = id === undefined ? await onlyRoom(home) : parseField(id, 'room id');
      const egress = await readEgress(home, roomId);
      print(json, { room: fieldToHex(roomId), ...egress }, egressText(egress));
    });
}

async function onlyRoom(home: string): Promise<bigint> {
  const rooms = await listEgress(home);
  if (rooms.length === 1) return rooms[0];
  throw new Error(
    rooms.length === 0
      ? `Nothing on record in ${home} has left for any room.`
      : `There are records of ${rooms.length} rooms, name one:\n${rooms.map((room) => `  ${fieldToHex(room)}`).join('\n')}`,
  );
}

function egressText({ entries, damaged }: Egress): string {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...entries.map(
      ({ time, kind, id, bytes, destination, purpose }) =>
        `${time}  ${kind}, ${bytes} bytes, to ${destination}\n  ${purpose}\n  ${id}`,
    ),
    `${entries.length} sent, ${total} bytes.`,
    ...(damaged.length > 0 ? [`Cannot be read, since writing was interrupted: line ${damaged.join(', ')}.`] : []),
  ].join('\n');
}
