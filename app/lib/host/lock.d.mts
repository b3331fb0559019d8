/** See lock.mjs, which is plain JavaScript because it also runs before anything is installed. */
export function withLock<T>(file: string, action: () => T | Promise<T>, options?: { timeoutMs?: number }): Promise<T>;
