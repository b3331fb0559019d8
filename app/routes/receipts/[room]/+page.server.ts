import { error } from '@sveltejs/kit';
import { reportReceipt } from '../../../server/receipts.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params }) => {
  const report = await reportReceipt(params.room);
  if (report) return { room: params.room, report };
  error(404, {
    message: 'There is no receipt of this room here.',
    todo: 'A room has a receipt once its result is released. Any party of the room writes it into the receipts folder of this server, named after the room:',
    command: 'npm run -s room -- receipt ROOM --out .cache/receipts/ROOM.json',
  });
};
