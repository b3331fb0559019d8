/** How a party's acts meet the chain: on the room as it is now, and once where they were done before. */
import { ContractRefusal } from '../../lib/chain/contract.ts';
import type { LoggedEvent } from '../../lib/room/events.ts';
import { readRoom, type Session } from '../../lib/room/session.ts';
import type { RoomView } from '../../lib/room/view.ts';
import { templateOf } from '../../lib/template/registry.ts';

/**
 * Acts on the room as the chain has it, and once more where the chain refused since the room went on in the meantime: a
 * transaction that was sent before a kill may land at any time.
 */
export async function onLatest<T>(session: Session, act: (view: RoomView) => Promise<T>): Promise<T> {
  for (;;) {
    const { view } = await readOwn(session);
    try {
      return await act(view);
    } catch (error) {
      if (!(error instanceof ContractRefusal)) throw error;
      if ((await readOwn(session)).view.transcript === view.transcript) throw error;
    }
  }
}

/**
 * Sends an act unless the chain has it already: an act that was cut off after sending can simply be done again.
 * Returns the transaction's hash, or undefined where nothing was left to send.
 */
export function unlessDone(
  session: Session,
  isDone: (view: RoomView) => boolean,
  send: (session: Session, view: RoomView) => Promise<string | undefined>,
): Promise<string | undefined> {
  return onLatest(session, async (view) => (isDone(view) ? undefined : send(session, view)));
}

/** The session's room as the chain has it. */
export function readOwn(session: Session): Promise<{ view: RoomView; events: LoggedEvent[] }> {
  return readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
}

/** What came out of a room that is over, in words and figures. */
export async function resultText(
  view: RoomView,
  { policy, relay }: Pick<Session, 'policy' | 'relay'>,
): Promise<string> {
  if (!view.result) return `The room was ${view.state}: no result was released.`;
  const template = templateOf(view);
  return template.outcomeLines(policy, await template.outcome(view, relay)).join('\n');
}
