/** Errors as people are told of them. */

/** What went wrong with a file, by the system's code. */
const FILE_ERRORS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no file or folder ${path}.`,
  EISDIR: (path) => `${path} is a folder: name a file.`,
  ENOTDIR: (path) => `${path} is not a folder: name another one.`,
  EEXIST: (path) => `${path} is not a folder: name another one.`,
  EACCES: (path) => `${path} may not be read or written: check its permissions.`,
  EPERM: (path) => `${path} may not be read or written: check its permissions.`,
  EROFS: (path) => `${path} cannot be written: its file system is read-only.`,
  ENOSPC: (path) => `${path} cannot be written: the disk is full.`,
};

/** Most characters of an error that is not the project's own. */
const MAX_MESSAGE = 600;

/** The message of an error for a person: what happened and what to do, without a library's stack or dump. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && FILE_ERRORS[code]) return FILE_ERRORS[code](path ?? 'What you named');
  const message = error.message || error.name;
  const host = /Error fetching from host (https?:\/\/[^\s:/]+(?::\d+)?)/.exec(message);
  if (host) {
    return `The Aztec node at ${host[1]} does not answer any more. Check the network and start the command again: it goes on where it stopped.`;
  }
  const [text] = message.split(/\n\s+at |\nContext:\n/);
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}
