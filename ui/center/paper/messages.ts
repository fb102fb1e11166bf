/** What the console tells the frame that shows a PDF. The frame has no origin, so nothing else passes between the two. */
export type ToFrame =
  | {
      kind: 'open'
      bytes: ArrayBuffer
      /** What a page is called, with `{n}` and `{of}`. */
      page: string
    }
  /** 1 fits the width of the frame. */
  | { kind: 'zoom'; zoom: number }

/** What the frame answers. */
export type FromFrame = { kind: 'ready' } | { kind: 'opened'; pages: number } | { kind: 'broken' }

/** The frame's message, or null: what it says is not ours to believe. */
export function fromFrame(said: unknown): FromFrame | null {
  if (typeof said !== 'object' || said === null || !('kind' in said)) return null
  if (said.kind === 'ready' || said.kind === 'broken') return { kind: said.kind }
  const pages = 'pages' in said ? said.pages : null
  return said.kind === 'opened' && Number.isInteger(pages) && Number(pages) > 0 ? { kind: 'opened', pages: Number(pages) } : null
}
