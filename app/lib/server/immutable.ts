export interface ImmutableContent {
  bytes: Uint8Array
  contentType: string
  /** With its quotes. */
  etag: string
}

/** What never changes under its address: a browser keeps it for good, and asks again only to be told so. */
export function immutable(request: Request, content: ImmutableContent): Response {
  const headers = { etag: content.etag, 'cache-control': 'private, max-age=31536000, immutable' }
  if (matches(request.headers.get('if-none-match'), content.etag)) return new Response(null, { status: 304, headers })
  return new Response(content.bytes as Uint8Array<ArrayBuffer>, {
    headers: { ...headers, 'content-type': content.contentType, 'content-length': String(content.bytes.byteLength) },
  })
}

export const matches = (header: string | null, etag: string): boolean =>
  header !== null && (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))
