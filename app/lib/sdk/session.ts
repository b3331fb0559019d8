/** Taking part in rooms: a party's folder and wallet, its acts, and the engine that does every further step. Node only. */
export { loadContractArtifact } from '../chain/artifact.ts';
export { ContractRefusal, openContract, type ContractClient } from '../chain/contract.ts';
export { connectNode, NodeError, type NetworkInfo, type NodeConnection } from '../chain/node.ts';
export { openWallet, type PartyWallet } from '../chain/wallet.ts';
export { folderRelay } from '../relay/folder.ts';
export { BlobCorrupt, BlobMissing, RelayError, type Relay } from '../relay/relay.ts';
export {
  approvePolicy,
  cancelRoom,
  checkTerms,
  closeRoom,
  createRoom,
  dispute,
  expireRoom,
  leaveOut,
  newHostRoom,
  newLocalRoom,
  revokeConsent,
  takeSlot,
  type Creation,
} from '../room/acts.ts';
export { commitDataset } from '../room/commit.ts';
export { attestDeletion, type Attestation } from '../room/deletion.ts';
export {
  egressLog,
  readEgress,
  recordedRelay,
  recordedTransactions,
  type Egress,
  type EgressEntry,
  type EgressLog,
} from '../room/egress.ts';
export { newMemory, run, takeTurn, type Decision, type RunOptions, type Turn } from '../room/engine.ts';
export { decodeGrant, encodeGrant, grantCommitment, HOST_SLOT, type Grant, type Role } from '../room/grant.ts';
export { decodeInvite, encodeInvite, type Invite } from '../room/invite.ts';
export { payoutsOf, type Payout } from '../room/dues.ts';
export { confirmPayment, openRoomEscrow, payParts, takePayout } from '../room/money.ts';
export { approveAs, grantRole, newGrant, recordAudit, revokeRole } from '../room/roles.ts';
export { readRoom, readRoomEvents, type Progress, type RoomReader, type Session } from '../room/session.ts';
export {
  deleteRoomData,
  listRooms,
  loadRoom,
  openHome,
  saveRoom,
  StoreError,
  type Home,
  type LocalRoom,
} from '../room/store.ts';
