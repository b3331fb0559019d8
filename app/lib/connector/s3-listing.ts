import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { ConnectorError } from './errors.ts';
import { s3Error, statusOf } from './s3-errors.ts';

/** An object as it was when it was listed. Its content is known by the entity tag. */
export type S3Object = Readonly<{ key: string; etag: string; size: number }>;

/** What an S3 URL names: an object, or every object below a prefix. */
export type S3Place = Readonly<{ bucket: string; key: string; isPrefix: boolean; url: string }>;

/** Reads `s3://bucket/key`, or `s3://bucket/prefix/` with a slash in the end. Keys are taken as they are, without escapes. */
export function parseS3Url(url: string): S3Place {
  const parts = /^s3:\/\/([^/@:]+)\/(.*)$/s.exec(url);
  if (!parts) {
    throw new ConnectorError(
      'an S3 source is s3://bucket/key, or s3://bucket/prefix/ for all objects below it; credentials do not belong into it',
    );
  }
  const [, bucket, key] = parts;
  return { bucket, key, isPrefix: key === '' || key.endsWith('/'), url };
}

/** The objects of a place, in the order of their keys' bytes. */
export async function listObjects(client: S3Client, place: S3Place): Promise<S3Object[]> {
  try {
    return place.isPrefix ? await listPrefix(client, place) : [await headObject(client, place)];
  } catch (error) {
    throw s3Error(error, place.url);
  }
}

async function listPrefix(client: S3Client, { bucket, key }: S3Place): Promise<S3Object[]> {
  const objects: S3Object[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key })) {
    for (const { Key, ETag, Size } of page.Contents ?? []) {
      // Consoles make an empty object for a folder.
      if (Key === undefined || ETag === undefined || (Key.endsWith('/') && Size === 0)) continue;
      objects.push({ key: Key, etag: ETag, size: Size ?? 0 });
    }
  }
  return objects.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

async function headObject(client: S3Client, { bucket, key }: S3Place): Promise<S3Object> {
  const request = { Bucket: bucket, Key: key };
  try {
    const { ETag, ContentLength } = await client.send(new HeadObjectCommand(request));
    return { key, etag: ETag ?? '', size: ContentLength ?? 0 };
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    // The answer to HEAD has no body and so no reason: the same question as GET brings it.
    await client.send(new GetObjectCommand({ ...request, Range: 'bytes=0-0' }));
    throw error;
  }
}

/** The first object that is not in both listings with the same content; undefined where the listings are alike. */
export function firstChange(before: readonly S3Object[], after: readonly S3Object[]): string | undefined {
  const now = new Map(after.map(({ key, etag }) => [key, etag]));
  const changed = before.find(({ key, etag }) => now.get(key) !== etag);
  if (changed) return changed.key;
  const known = new Set(before.map(({ key }) => key));
  return after.find(({ key }) => !known.has(key))?.key;
}
