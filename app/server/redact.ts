import { loadConfig } from '../../aztec.config.ts';

/** A text with the node's URL cut down to its origin: the rest of it may hold an access key. */
export function withoutSecrets(text: string): string {
  const { url } = loadConfig().network;
  return text.replaceAll(url, new URL(url).origin);
}
