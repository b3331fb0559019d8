/** Whether anything speaks HTTP at a URL. The Aztec client itself tries for several seconds before it gives up. */
export async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
    return true;
  } catch {
    return false;
  }
}
