import { error } from '@sveltejs/kit';
import { readReceipt } from '../../../../server/receipts.ts';
import type { RequestHandler } from './$types';

/** The receipt file, byte for byte. It is for whoever verifies it: this server's word is not in it. */
export const GET: RequestHandler = async ({ params }) => {
  const bytes = await readReceipt(params.room);
  if (!bytes) error(404, { message: 'There is no receipt of this room here.' });
  return new Response(bytes, {
    headers: {
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="receipt-${params.room.slice(2, 10)}.json"`,
    },
  });
};
