import { join, resolve } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';

/** File of a room's receipt, or undefined where `room` is no room id. CLEAN_ROOM_RECEIPTS moves the folder. */
export function receiptFile(room: string): string | undefined {
  if (!/^0x[0-9a-f]{64}$/.test(room)) return undefined;
  return join(resolve(process.env.CLEAN_ROOM_RECEIPTS ?? join(loadConfig().cacheFolder, 'receipts')), `${room}.json`);
}
