import { error } from '@sveltejs/kit';
import { reportReceipt } from '../../../server/receipts.ts';
import type { PageServerLoad } from './$types';

/** No script runs within pages of others. */
export const csr = false;

export const load: PageServerLoad = async ({ params: { room } }) => {
  const report = await reportReceipt(room);
  if (report) return { room, report };
  error(404, { message: 'There is no receipt of this room here.' });
};
