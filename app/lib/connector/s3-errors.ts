import { ConnectorError } from './errors.ts';

const REFUSED = /^(AccessDenied|Forbidden|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|403|401)$/;
const MOVED = /^(PermanentRedirect|AuthorizationHeaderMalformed|301)$/;
const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|TimeoutError)$/;
const TLS = /CERT|SIGNATURE_|ISSUER|^EPROTO$|^ERR_(SSL|TLS)_/;

/** True if the object is no longer what was listed: another content, or none. */
export function isChanged(error: unknown): boolean {
  return statusOf(error) === 412 || codeOf(error) === 'NoSuchKey';
}

/**
 * Says in the product's words why a bucket cannot be read. The service's own message is never repeated: it may quote the
 * signed request.
 * @param what the object or prefix, as `s3://bucket/key`
 */
export function s3Error(error: unknown, what: string): Error {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  const status = statusOf(error);
  if (code === 'NoSuchBucket') return new ConnectorError(`${what}: there is no such bucket`);
  if (code === 'NoSuchKey' || code === 'NotFound') return new ConnectorError(`${what}: there is no such object`);
  if (REFUSED.test(code) || status === 403 || status === 401) {
    return new ConnectorError(`${what}: access is denied (${code}); check the credentials and what they may read`);
  }
  if (MOVED.test(code)) return new ConnectorError(`${what}: the bucket is in another region; set AWS_REGION`);
  if (code === 'CredentialsProviderError') {
    return new ConnectorError(
      `${what}: no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
    );
  }
  if (/region is missing/i.test((error as Error).message)) {
    return new ConnectorError(`${what}: the region is not known; set AWS_REGION`);
  }
  if (TLS.test(code)) return new ConnectorError(`${what}: TLS with the service failed (${code})`);
  if (UNREACHABLE.test(code)) return new ConnectorError(`${what}: the service cannot be reached (${code})`);
  if (status !== undefined) return new ConnectorError(`${what}: the service refuses (${code}, HTTP ${status})`);
  // Not a failure of the service but of this program: its own stack tells most.
  return error as Error;
}

/** The system's or the service's name of an error. Where the SDK wraps an error of another realm, its text alone has it. */
function codeOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: string };
  const wrapped = /^AWS SDK error wrapper for .*?\b(E[A-Z]{4,}|TimeoutError)\b/.exec(message ?? '')?.[1];
  return String(code ?? wrapped ?? name);
}

/** The service's HTTP status; undefined where it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
