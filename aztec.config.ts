/**
 * Where the project finds its network, and where it keeps things. Every value has a default that works on one machine;
 * environment variables override them:
 *
 *   AZTEC_PORT         port of the local node's JSON-RPC                       8080
 *   AZTEC_ADMIN_PORT   port of the local node's admin JSON-RPC (clock, tests)  8880
 *   ANVIL_PORT         port of the local L1 chain                              8545
 *   AZTEC_NODE_URL     node that clients talk to                               the local node
 *   ETHEREUM_URL       L1 that the node belongs to                             the local L1 chain
 *   AZTEC_SLOT_SECONDS seconds of L2 time that one block of the local network takes
 *   CLEAN_ROOM_CACHE   folder of everything that can be made again             .cache
 *   CLEAN_ROOM_NETWORK folder of the local network's state                     network in the cache folder
 *   CLEAN_ROOM_RELAY   folder of the default relay                             relay in the cache folder
 *   CLEAN_ROOM_DEPLOYMENTS  file of the contracts' addresses, by network       deployments.json in the cache folder
 *   CLEAN_ROOM_PROFILES folder of the app's profiles, each a party's home           .profiles
 */
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from './scripts/lib/paths.ts';

const port = z.coerce.number().int().min(1).max(65_535);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const place = z
  .string()
  .min(1)
  .transform((text) => path.resolve(projectRoot, text));

const schema = z.strictObject({
  network: z
    .strictObject({
      port,
      adminPort: port,
      l1Port: port,
      /** Seconds of L2 time between two slots; a block fills one slot. */
      slotSeconds: z.coerce.number().int().min(2).max(72),
      url: httpUrl,
      l1Url: httpUrl,
      /** State, log and process ids of the local network. */
      folder: place,
    })
    .refine(
      ({ port, adminPort, l1Port }) => new Set([port, adminPort, l1Port]).size === 3,
      'the three ports must differ',
    ),
  cacheFolder: place,
  relayFolder: place,
  /** Addresses of contracts and ids of templates, by network and reference string. */
  deploymentsFile: place,
  /** Homes of the parties that the app works for. It holds account secrets, which nothing can make again. */
  profilesFolder: place,
});

/** The project's settings, checked. Folders are absolute. */
export type Config = z.infer<typeof schema>;
/** Settings of the network alone. */
export type NetworkConfig = Config['network'];

/** Settings that a command's flags set; they win over the environment. */
export interface ConfigOverrides {
  port?: number | string;
  adminPort?: number | string;
  l1Port?: number | string;
  slotSeconds?: number | string;
  networkFolder?: string;
}

/**
 * The settings from defaults, environment and flags.
 * @throws Error that names each wrong setting
 */
export function loadConfig(overrides: ConfigOverrides = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const cacheFolder = env.CLEAN_ROOM_CACHE ?? '.cache';
  const network = {
    port: overrides.port ?? env.AZTEC_PORT ?? 8080,
    adminPort: overrides.adminPort ?? env.AZTEC_ADMIN_PORT ?? 8880,
    l1Port: overrides.l1Port ?? env.ANVIL_PORT ?? 8545,
    slotSeconds: overrides.slotSeconds ?? env.AZTEC_SLOT_SECONDS ?? 12,
    folder: overrides.networkFolder ?? env.CLEAN_ROOM_NETWORK ?? path.join(cacheFolder, 'network'),
  };
  const parsed = schema.safeParse({
    network: {
      ...network,
      url: env.AZTEC_NODE_URL ?? `http://127.0.0.1:${network.port}`,
      l1Url: env.ETHEREUM_URL ?? `http://127.0.0.1:${network.l1Port}`,
    },
    cacheFolder,
    relayFolder: env.CLEAN_ROOM_RELAY ?? path.join(cacheFolder, 'relay'),
    deploymentsFile: env.CLEAN_ROOM_DEPLOYMENTS ?? path.join(cacheFolder, 'deployments.json'),
    profilesFolder: env.CLEAN_ROOM_PROFILES ?? '.profiles',
  });
  if (parsed.success) return parsed.data;
  throw new Error(`Wrong settings (see aztec.config.ts):\n${z.prettifyError(parsed.error)}`);
}
