/** Receipts as documents: their form, their digest, and whether they are consistent. Runs in browsers. */
export { receiptDigest } from '../receipt/build.ts';
export { inspectReceipt, type Inspection } from '../receipt/inspect.ts';
export { MAX_RECEIPT_BYTES, receiptJsonSchema, receiptSchema, type Receipt } from '../receipt/schema.ts';
