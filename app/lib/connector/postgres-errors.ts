import { ConnectorError } from './errors.ts';

/** Where a query was when it failed. */
export type Moment = Readonly<
  | { phase: 'connecting' | 'asking' }
  /** `row` is the last row that arrived, from 1; 0 before the first. */
  | { phase: 'reading'; row: number }
>;

/**
 * Classes of SQLSTATE whose messages name objects of the database, users or states of the server. Messages of the other
 * classes may quote a value of the data ("invalid input syntax for type integer: ..."), and are therefore not repeated.
 */
const SAFE_CLASSES = ['25', '28', '3D', '3F', '42', '53', '57'];

/** The server ends the connection: by an administrator, by a crash, or because it is starting or stopping. */
const SHUTDOWN = ['57P01', '57P02', '57P03'];

const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOENT|EACCES)$/;
const TLS = /CERT|SIGNATURE|ISSUER|^EPROTO$|^ERR_(SSL|TLS)_/;

/**
 * Says in the product's words why a database cannot be read. Never repeats a password or a value of the data.
 * @param place host, port and database, as `describe` gives them
 */
export function postgresError(error: unknown, place: string, moment: Moment): Error {
  if (error instanceof ConnectorError) return error;
  const { code = '', message = '', severity } = error as { code?: string; message?: string; severity?: string };
  const lost = () =>
    new ConnectorError(
      moment.phase === 'reading'
        ? `the connection to ${place} was lost after row ${moment.row}: nothing of it is used; start again`
        : `the connection to ${place} was lost`,
    );
  if (severity !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    if (moment.phase === 'reading' && SHUTDOWN.includes(code)) return lost();
    return serverError(code, message, place, moment);
  }
  if (TLS.test(code)) {
    return new ConnectorError(
      `TLS with ${place} failed (${code}): name the authority of its certificate with sslrootcert=FILE, or ask its operator`,
    );
  }
  if (/does not support SSL/.test(message)) {
    return new ConnectorError(
      `${place} offers no TLS: have it switched on; on a network that you trust, say sslmode=disable`,
    );
  }
  if (/password must be/.test(message)) {
    return new ConnectorError(`${place} asks for a password: put it into PGPASSWORD or ~/.pgpass`);
  }
  if (moment.phase === 'connecting' && (UNREACHABLE.test(code) || /timeout expired/.test(message))) {
    return new ConnectorError(`no server answers at ${place} (${code || 'no answer in time'})`);
  }
  if (/^E[A-Z]+$/.test(code) || /^(Connection terminated|Connection ended|Client was closed)/.test(message)) {
    return lost();
  }
  // Not a failure of the database but of this program: its own stack tells most.
  return error as Error;
}

function serverError(code: string, message: string, place: string, moment: Moment): ConnectorError {
  const after = moment.phase === 'reading' && moment.row > 0 ? ` after row ${moment.row}` : '';
  if (code === '28P01') {
    return new ConnectorError(
      `${place} refuses the user or the password (${message}): the password's place is PGPASSWORD or ~/.pgpass`,
    );
  }
  if (code === '25006') return new ConnectorError(`only reading is allowed: ${message}`);
  const reason = SAFE_CLASSES.includes(code.slice(0, 2)) ? message : `SQLSTATE ${code}`;
  return new ConnectorError(
    `${place} ${moment.phase === 'connecting' ? 'refuses the connection' : `stopped the query${after}`}: ${reason}`,
  );
}
