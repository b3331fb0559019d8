/** A real Chromium without a window, Debian's own, which is installed where it can be. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page, type Request } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const MINUTES_TO_INSTALL = 10;

/**
 * Path of a Chromium, installed first where there is none and this process may install one. Undefined where there is none to be had:
 * then the reason was written to standard error.
 */
export function findChromium(): string | undefined {
  const found = process.env.CHROMIUM_PATH ?? PLACES.find((place) => existsSync(place));
  if (found) return found;
  const failure = install();
  if (!failure) return PLACES.find((place) => existsSync(place));
  process.stderr.write(`Tests in a browser are skipped: there is no Chromium here, and ${failure}.\n`);
  return undefined;
}

/** Installs Debian's package; returns why it could not. */
function install(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return 'this user cannot install one';
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: MINUTES_TO_INSTALL * 60_000,
      encoding: 'utf8',
    });
  const package_ = ['install', '-y', '--no-install-recommends', 'chromium'];
  if (run(...package_).status === 0) return undefined;
  run('update');
  const { status, stderr, error } = run(...package_);
  return status === 0
    ? undefined
    : `apt-get could not install it (${error?.message ?? stderr.trim().split('\n').at(-1)})`;
}

/** Starts it. It finds no host but this machine, whatever a page asks for. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

/**
 * Gathers what pages and workers of a context do from now on.
 *
 * @param seen.requests all that they ask for
 * @param seen.complaints what they complain of: scripts that failed, and what the security policy stopped
 */
export function watch(context: BrowserContext, seen: { requests: Request[]; complaints: string[] }): void {
  context.on('request', (request) => seen.requests.push(request));
  context.on('weberror', (error) => seen.complaints.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') seen.complaints.push(`${message.text()} (${message.location().url})`);
  });
}

/** Opens one of the app's pages, and waits until it listens: on a machine under load that takes longer than a look. */
export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector('body[data-started]');
}
