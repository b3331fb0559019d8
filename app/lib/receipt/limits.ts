/** Most bytes of a receipt file that a verifier reads. */
export const MAX_RECEIPT_BYTES = 64 * 1024 * 1024;
