import { auditOf } from '../../../../server/audit.ts';
import type { RequestHandler } from './$types';

/** The audit log of a room as one document. */
export const GET: RequestHandler = async ({ params: { room } }) =>
  new Response(`${JSON.stringify(await auditOf(room), null, 2)}\n`, {
    headers: {
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="audit-${room.slice(2, 10)}.json"`,
    },
  });
