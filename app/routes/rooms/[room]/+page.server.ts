import { error, fail, type RequestEvent } from '@sveltejs/kit';
import { FLAG_IDS, type Flag } from '../../../lib/check/flag.ts';
import { formToken, ownForm, textField } from '../../../server/guard.ts';
import { ask, begin, newsOf, wake } from '../../../server/party/agents.ts';
import { needProfile } from '../../../server/party/chosen.ts';
import type { Act } from '../../../server/party/messages.ts';
import { forgetReport, keepReport, lastReport } from '../../../server/party/reports.ts';
import { regionOfMachine } from '../../../server/party/policy-part.ts';
import { readRoomPage, roomIdOf } from '../../../server/party/room-page.ts';
import { connectRemote, forgetSource, nameOfSource, sourceOf } from '../../../server/party/sources.ts';
import type { Actions, PageServerLoad } from './$types';
import { texts } from './texts.ts';

/** Acts that need nothing but the room. */
const PLAIN = [
  'purse',
  'confirm',
  'claim',
  'refund',
  'revoke',
  'dispute',
  'cancel',
  'close',
  'leave-out',
  'expire',
  'receipt',
] as const satisfies Act[];

export const load: PageServerLoad = async ({ params, cookies, depends }) => {
  depends('app:room');
  const { room, folder } = await ownRoom(params.room, cookies);
  const page = await readRoomPage(folder, room);
  if (page?.chain && !page.chain.over && page.slot !== undefined) wake(folder);
  const source = await sourceOf(folder, room);
  return {
    token: formToken(),
    id: room,
    room: page,
    news: newsOf(folder, room),
    source: source && nameOfSource(source),
    checked: lastReport(folder, room),
  };
};

export const actions: Actions = {
  approve: async (event) => {
    const { room, folder, form } = await ownAct(event);
    begin(folder, 'approve', { room, override: flagsOf(form), region: regionOfMachine() });
  },
  connect: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const given = (name: string) => textField(form, name).trim() || undefined;
    try {
      const where = given('url') ?? '';
      await connectRemote(folder, room, { where, table: given('table'), s3Endpoint: given('endpoint') });
      forgetReport(folder, room);
    } catch (refusal) {
      return fail(400, { form: 'connect', message: (refusal as Error).message });
    }
  },
  forget: async (event) => {
    const { room, folder } = await ownAct(event);
    await forgetSource(folder, room);
    forgetReport(folder, room);
  },
  check: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const column = textField(form, 'column');
    const policy = (await readRoomPage(folder, room))?.policy?.json;
    const source = await sourceOf(folder, room);
    if (!source || policy === undefined) return fail(400, { form: 'check', message: 'Connect a table first.' });
    forgetReport(folder, room);
    try {
      const report = await ask(folder, 'check', { room, policy, source, column, region: regionOfMachine() });
      keepReport(folder, room, { report, column });
    } catch (refusal) {
      return fail(400, { form: 'check', message: (refusal as Error).message });
    }
  },
  commit: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const source = await sourceOf(folder, room);
    const checked = lastReport(folder, room);
    if (!source || !checked) return fail(400, { form: 'check', message: 'Check the table first.' });
    const { column } = checked;
    const looked = { override: flagsOf(form), region: regionOfMachine() };
    // The committed rows are kept as a dataset: the file is of no use any more.
    begin(folder, 'commit', { room, source, column, ...looked }, async () => forgetSource(folder, room));
  },
  grant: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const [role, as] = textField(form, 'role').split(':');
    if ((role !== 'approver' && role !== 'auditor') || (as !== 'slot' && as !== 'host')) {
      error(400, { message: 'There is no such role.' });
    }
    const to = roomIdOf(textField(form, 'to').trim());
    if (to === undefined) return fail(400, { form: 'grant', message: texts.badAddress });
    begin(folder, 'grant', { room, role, to, as });
  },
  revokeRole: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const grant = roomIdOf(textField(form, 'grant')) ?? error(400, { message: 'There is no such role.' });
    begin(folder, 'revoke-role', { room, grant });
  },
  mint: async (event) => {
    const { room, folder, form } = await ownAct(event);
    const amount = textField(form, 'amount').trim();
    if (!/^[1-9]\d{0,30}$/.test(amount)) return fail(400, { form: 'mint', message: texts.badAmount });
    begin(folder, 'mint', { room, amount });
  },
  act: async (event) => {
    const { room, folder, form } = await ownAct(event);
    if (form.get('act') === 'pay') {
      const what = (['fee', 'stake'] as const).find((each) => each === form.get('what'));
      return void begin(folder, 'pay', { room, what });
    }
    // A file that was handed over and never committed goes with the rest.
    if (form.get('act') === 'delete') return void begin(folder, 'delete', { room }, () => forgetSource(folder, room));
    const act = PLAIN.find((each) => each === form.get('act'));
    if (!act) error(400, { message: 'There is no such act.' });
    begin(folder, act, { room });
  },
};

async function ownRoom(id: string, cookies: RequestEvent['cookies']): Promise<{ room: string; folder: string }> {
  const room = roomIdOf(id) ?? error(404, { message: 'There is no room of this id.' });
  return { room, folder: (await needProfile(cookies, `/rooms/${room}`)).folder };
}

async function ownAct({
  request,
  params,
  cookies,
}: RequestEvent): Promise<{ room: string; folder: string; form: FormData }> {
  const form = await ownForm(request);
  return { ...(await ownRoom(params.room!, cookies)), form };
}

function flagsOf(form: FormData): Flag['id'][] {
  const named = form.getAll('override');
  return FLAG_IDS.filter((id) => named.includes(id));
}
