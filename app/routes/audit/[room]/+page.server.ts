import { auditOf } from '../../../server/audit.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params }) => ({
  audit: await auditOf(params.room),
  readAt: new Date().toISOString(),
});
