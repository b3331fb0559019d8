/** A lock between processes of one machine: a file that names its holder. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `action` while this process alone holds `file`; waits for another holder to finish or die.
 * @template T
 * @param {string} file lock file; its folder is made
 * @param {() => T | Promise<T>} action
 * @param {{timeoutMs?: number}} [options] longest wait, default 10 minutes
 * @returns {Promise<T>}
 */
export async function withLock(file, action, { timeoutMs = 600_000 } = {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!take(file)) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for ${file}: another process holds it.`);
    if (!told) process.stderr.write(`[lock] waiting for another process to finish (${path.basename(file)})\n`);
    told = true;
    await sleep(200);
  }
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock if it is free or its holder is dead. */
function take(file) {
  // Linking a file that already holds the name makes the lock and its content appear at once.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeIfStale(file);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function removeIfStale(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
  } catch (error) {
    // ESRCH: no such process. ENOENT: the holder has just let go.
    if (error.code === 'ESRCH') rmSync(file, { force: true });
    else if (error.code !== 'ENOENT' && error.code !== 'EPERM') throw error;
  }
}
