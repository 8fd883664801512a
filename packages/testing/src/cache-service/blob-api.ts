import type http from 'node:http';
import { type Answer, answer, azureError } from './answer.ts';
import type { BlobFiles, BlobProperties, BlockSource } from './blob-files.ts';
import { readBody } from './read-body.ts';
import type { BlobOperation } from './types.ts';

/** More makes no sense: 50,000 blocks, some 100 bytes each. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const SOURCES: Readonly<Record<string, BlockSource>> = {
  Committed: 'committed',
  Uncommitted: 'uncommitted',
  Latest: 'latest',
};

/** What a request for a blob's address wants; undefined where it is nothing that is served here. */
export function blobOperation(method: string, url: URL): BlobOperation | undefined {
  const comp = url.searchParams.get('comp');
  if (method === 'PUT') {
    return comp === null
      ? 'PutBlob'
      : comp === 'block'
        ? 'PutBlock'
        : comp === 'blocklist'
          ? 'PutBlockList'
          : undefined;
  }
  if (comp !== null) return undefined;
  return method === 'GET' ? 'GetBlob' : method === 'HEAD' ? 'GetBlobProperties' : undefined;
}

/** The answer to a request whose signature was good. Reads the request's body where there is one. */
export async function answerBlob(
  operation: BlobOperation,
  id: string,
  request: http.IncomingMessage,
  url: URL,
  files: BlobFiles,
): Promise<Answer> {
  switch (operation) {
    case 'PutBlob': {
      const type = request.headers['x-ms-blob-type'];
      if (type !== 'BlockBlob') {
        return azureError(400, 'InvalidHeaderValue', `x-ms-blob-type is ${String(type)}; only BlockBlob is served.`);
      }
      return created(await files.write(id, request));
    }
    case 'PutBlock': {
      const blockId = url.searchParams.get('blockid') ?? '';
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blockId) || Buffer.from(blockId, 'base64').byteLength > 64) {
        return azureError(400, 'InvalidQueryParameterValue', 'blockid is no base64 of at most 64 bytes.');
      }
      await files.stage(id, blockId, request);
      return answer(201);
    }
    case 'PutBlockList': {
      const blocks = parseBlockList((await readBody(request, MAX_LIST_BYTES))?.toString('utf8') ?? '');
      if (blocks === undefined) return azureError(400, 'InvalidXmlDocument', 'The body is no block list.');
      const committed = await files.commit(id, blocks);
      return committed === undefined
        ? azureError(400, 'InvalidBlockList', 'The specified block list is invalid.')
        : created(committed);
    }
    case 'GetBlob':
    case 'GetBlobProperties': {
      const blob = files.properties(id);
      if (blob === undefined) return azureError(404, 'BlobNotFound', 'The specified blob does not exist.');
      return operation === 'GetBlob' ? serve(id, blob, request, files) : { ...head(blob), length: blob.size };
    }
  }
}

function serve(id: string, blob: BlobProperties, { headers }: http.IncomingMessage, files: BlobFiles): Answer {
  const match = headers['if-match'];
  if (match !== undefined && match !== '*' && match !== blob.etag) {
    return azureError(412, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.');
  }
  const asked = headers['x-ms-range'] ?? headers.range;
  // One range from its start; what Azure does not understand, it ignores.
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(typeof asked === 'string' ? asked : '') ?? [];
  if (first === undefined) return { ...head(blob), body: files.read(id, 0, blob.size), length: blob.size };
  const start = Number(first);
  const end = last === undefined || last === '' ? blob.size : Math.min(blob.size, Number(last) + 1);
  if (start >= blob.size || end <= start) {
    return azureError(416, 'InvalidRange', 'The range specified is invalid for the current size of the resource.', {
      'content-range': `bytes */${blob.size}`,
    });
  }
  const { headers: more } = head(blob);
  return {
    status: 206,
    headers: { ...more, 'content-range': `bytes ${start}-${end - 1}/${blob.size}` },
    body: files.read(id, start, end),
    length: end - start,
  };
}

function head(blob: BlobProperties): Answer {
  return answer(200, {
    ...versionOf(blob),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'x-ms-blob-type': 'BlockBlob',
  });
}

function created(blob: BlobProperties): Answer {
  return answer(201, { ...versionOf(blob), 'x-ms-request-server-encrypted': 'true' });
}

function versionOf({ etag, modifiedAt }: BlobProperties): Record<string, string> {
  return { etag, 'last-modified': new Date(modifiedAt).toUTCString() };
}

/** Reads `<BlockList>` (Azure, "Put Block List"): elements that each name a block, in the blob's order. */
function parseBlockList(xml: string): { readonly blockId: string; readonly from: BlockSource }[] | undefined {
  const [, inner] = /^\s*(?:<\?xml[^>]*\?>)?\s*<BlockList>([\s\S]*)<\/BlockList>\s*$/.exec(xml) ?? [];
  if (inner === undefined) return undefined;
  const element = /<(Committed|Uncommitted|Latest)>\s*([A-Za-z0-9+/]+={0,2})\s*<\/\1>/g;
  if (inner.replace(element, '').trim() !== '') return undefined;
  return [...inner.matchAll(element)].flatMap(([, name = '', blockId = '']) => {
    const from = SOURCES[name];
    return from === undefined ? [] : [{ blockId, from }];
  });
}
