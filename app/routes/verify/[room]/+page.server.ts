import { error } from '@sveltejs/kit';
import { hasReceipt } from '../../../server/receipts.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params: { room } }) => {
  if (await hasReceipt(room)) return { room };
  error(404, {
    message: 'There is no receipt of this room here.',
    todo: 'If you were given its file, open /verify on this server and choose the file there.',
  });
};
