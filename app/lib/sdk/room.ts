/** Reading rooms: from the chain's log of events to what the room is now, and what comes next. Runs in browsers. */
export { auditLog, type AuditEntry, type AuditValue } from '../room/audit.ts';
export { decodeEvent, eventSignature, type EventName, type LoggedEvent, type RoomEvent } from '../room/events.ts';
export { nextStep, type NextStep } from '../room/next.ts';
export { replay } from '../room/replay.ts';
export { eventSelectors, type EventSelectors } from '../room/selectors.ts';
export {
  isAttested,
  isEnded,
  isOver,
  ReplayError,
  type AnnouncedProof,
  type Approval,
  type AuditView,
  type Chain,
  type DeletionView,
  type GrantView,
  type LeftOut,
  type PaymentView,
  type RoomResult,
  type RoomState,
  type RoomView,
  type SlotView,
} from '../room/view.ts';
