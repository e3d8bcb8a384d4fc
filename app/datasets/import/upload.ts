import { ApiError } from '@/app/lib/client-api.ts'
import type { JobView } from '@/core/contracts/views.ts'

export interface Upload {
  done: Promise<JobView>
  abort: () => void
}

/**
 * Sends a file with its fields to POST /api/v1/datasets. XMLHttpRequest, because fetch does not tell how much was sent.
 * @param onProgress share sent, 0 to 1
 */
export function uploadDataset(file: File, fields: Readonly<Record<string, string>>, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest()
  const form = new FormData()
  // Fields before the file: the server reads the stream in its order.
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', file, file.name)
  const done = new Promise<JobView>((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total)
    request.onload = () => {
      let body: unknown = null
      try {
        body = JSON.parse(request.responseText)
      } catch {
        // Said by its status below.
      }
      if (request.status >= 200 && request.status < 300 && body !== null) return resolve(body as JobView)
      const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
      reject(
        new ApiError(
          String(said.error_code ?? 'INTERNAL_ERROR'),
          String(said.message ?? `The server answered ${request.status}.`),
          request.status,
          typeof said.details === 'object' && said.details !== null ? (said.details as Record<string, unknown>) : said,
        ),
      )
    }
    request.onerror = () =>
      reject(new ApiError('NETWORK', 'The upload broke off: Karyon does not answer. Check that it is still running, then try again.', 0))
    request.onabort = () => reject(new DOMException('Upload cancelled', 'AbortError'))
  })
  request.open('POST', '/api/v1/datasets')
  request.send(form)
  return { done, abort: () => request.abort() }
}
