import { historyCsv } from '../../../../lib/room/history.ts';
import { auditOf } from '../../../../server/audit.ts';
import type { RequestHandler } from './$types';

/** The audit log of a room as a table. */
export const GET: RequestHandler = async ({ params: { room } }) =>
  new Response(historyCsv(await auditOf(room)), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="audit-${room.slice(2, 10)}.csv"`,
    },
  });
