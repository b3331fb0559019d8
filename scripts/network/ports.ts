/** Checks that the network's ports are free before anything starts. */
import { createServer } from 'node:net';
import type { NetworkConfig } from '../../aztec.config.ts';
import { poll } from './rpc.ts';

/** @throws Error that names the port that is taken and how to choose another */
export async function requireFreePorts({ port, adminPort, l1Port }: NetworkConfig): Promise<void> {
  const uses: [number, string, string, string][] = [
    [port, 'the Aztec node', '--port', 'AZTEC_PORT'],
    [adminPort, 'the node’s admin interface', '--admin-port', 'AZTEC_ADMIN_PORT'],
    [l1Port, 'the L1 chain', '--l1-port', 'ANVIL_PORT'],
  ];
  for (const [number, use, flag, variable] of uses) {
    if (await becomesFree(number)) continue;
    throw new Error(
      `Port ${number} for ${use} is taken by another program: stop that program, or choose another port with ${flag} or ${variable}.`,
    );
  }
}

/** True if the port is free or gets free soon: a process that was just killed holds its ports a moment longer. */
async function becomesFree(port: number): Promise<boolean> {
  return await poll(async () => ((await isFree(port)) ? true : undefined), 2_000, `port ${port}`).catch(() => false);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
