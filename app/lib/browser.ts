/** The SDK in browsers: all of it that needs neither files nor the network's libraries. */
export * from './sdk/policy.ts';
export * from './sdk/protocol.ts';
export * from './sdk/receipt-form.ts';
export * from './sdk/room.ts';
