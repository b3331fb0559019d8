/**
 * Tells of transactions right before they leave this machine. Only there are hash and size known while nothing has left, and
 * only the caller knows what a transaction is for: the two meet in the context of the asynchronous call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** A transaction that is about to leave. */
export type OutgoingTransaction = {
  readonly hash: string;
  /** Size of the whole transaction with its proof, in bytes. */
  readonly bytes: number;
  /** Names of the contract and of its function that is called. */
  readonly contract: string;
  readonly method: string;
};

/** Is told of a transaction before it leaves; what it throws keeps the transaction here. */
export type TellOutgoing = (transaction: OutgoingTransaction) => Promise<void>;

/** What the watched node has to know of a transaction. */
type Sendable = { getTxHash(): { toString(): string }; getSize(): number };

const watcher = new AsyncLocalStorage<(tx: Sendable) => Promise<void>>();

/** Runs `send`, which makes a call of a contract; `tell` is told of each transaction that a watched node gets from it. */
export function tellingOutgoing<T>(
  tell: TellOutgoing | undefined,
  contract: string,
  method: string,
  send: () => Promise<T>,
): Promise<T> {
  if (!tell) return send();
  const watch = (tx: Sendable) => tell({ hash: tx.getTxHash().toString(), bytes: tx.getSize(), contract, method });
  return watcher.run(watch, send);
}

/** The same node, which tells of each transaction that it is sent from within {@link tellingOutgoing} before it gets it. */
export function watchedNode<N extends { sendTx(tx: never): Promise<void> }>(node: N): N {
  const sendTx = async (tx: never) => {
    await watcher.getStore()?.(tx);
    return node.sendTx(tx);
  };
  return new Proxy(node, { get: (target, name) => (name === 'sendTx' ? sendTx : Reflect.get(target, name)) });
}
