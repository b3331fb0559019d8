/** The SDK in Node, by concern. Whoever needs one of them alone imports it alone: `zk-clean-room/policy` and so on. */
export * from './sdk/connectors.ts';
export * from './sdk/policy.ts';
export * from './sdk/protocol.ts';
export * from './sdk/receipt.ts';
export * from './sdk/room.ts';
export * from './sdk/session.ts';
