import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { ConnectorError } from './errors.ts';

/** Parameters of a URL that say how to encrypt, as in libpq. */
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const;

/** What each mode of libpq asks for. Those that take what they get, `allow` and `prefer`, are not among them. */
const MODES = {
  disable: undefined,
  require: { chain: false, name: false },
  'verify-ca': { chain: true, name: false },
  'verify-full': { chain: true, name: true },
} as const;

/**
 * How to encrypt a connection: the URL's `sslmode` (else PGSSLMODE), `sslrootcert` (else PGSSLROOTCERT), `sslcert` and
 * `sslkey`, with libpq's meaning. These parameters are taken out of the URL. Where no mode is given, a server on another
 * machine has to pass `verify-full`: rows must not cross a network in the clear because somebody forgot a word.
 * @throws {ConnectorError} for an unknown mode or a certificate file that cannot be read
 */
export async function takeTls(url: URL, isLocal: boolean): Promise<false | ConnectionOptions> {
  const given = Object.fromEntries(PARAMETERS.map((name) => [name, url.searchParams.get(name) ?? undefined]));
  for (const name of PARAMETERS) url.searchParams.delete(name);
  if (url.searchParams.has('ssl')) throw new ConnectorError('say sslmode=verify-full in the URL in place of ssl');

  const mode = given.sslmode ?? process.env.PGSSLMODE ?? (isLocal ? 'disable' : 'verify-full');
  if (!Object.hasOwn(MODES, mode)) {
    throw new ConnectorError(`sslmode is one of ${Object.keys(MODES).join(', ')}; "${mode}" is not supported`);
  }
  const checks = MODES[mode as keyof typeof MODES];
  if (!checks) return false;
  const rootFile = given.sslrootcert ?? process.env.PGSSLROOTCERT;
  // libpq takes the word for the system's own authorities, which are Node's default.
  const ca = rootFile === undefined || rootFile === 'system' ? undefined : await read('sslrootcert', rootFile);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(given.sslcert === undefined ? {} : { cert: await read('sslcert', given.sslcert) }),
    ...(given.sslkey === undefined ? {} : { key: await read('sslkey', given.sslkey) }),
    // As in libpq, "require" verifies too where an authority is named.
    rejectUnauthorized: checks.chain || ca !== undefined,
    ...(checks.name ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function read(parameter: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConnectorError(
      `${parameter}: the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
