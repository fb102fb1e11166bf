/**
 * The inside of the frame that shows a PDF. The center serves it with a policy of its own: no origin, no cookies, no address
 * but that of these files. So whatever a hostile PDF makes of pdf.js, it is in a box with nothing in it.
 */
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
// A frame without an origin may start no worker from ours; the work is done in the frame's own thread.
import 'pdfjs-dist/legacy/build/pdf.worker.mjs'
import './frame.css'
import type { FromFrame, ToFrame } from './messages'

/** The most pixels of one page, so that no page takes the memory of the whole computer. */
const LARGEST = 12_000_000
/** A page that is not made larger is at most so wide, in CSS pixels: wider ones show two lines and no page. */
const WIDEST = 900
/** The most pixels of a picture inside a page; larger ones are left out. */
const LARGEST_PICTURE = 64_000_000
/** What pdf.js reads beside its code: see `vite.config.ts`. */
const beside = (folder: string) => new URL(`/assets/pdf/${folder}/`, location.href).href

const sheets = document.getElementById('sheets')!
const answer = (said: FromFrame) => window.parent.postMessage(said, '*')
let zoom = 1

/** One page: as large as it will be, drawn while it is near what is seen, and empty else. */
class Sheet {
  readonly canvas = document.createElement('canvas')
  private near = false
  private turn = 0

  constructor(
    private readonly pdf: PDFDocumentProxy,
    private readonly number: number,
    private shape: number,
    name: string,
  ) {
    this.canvas.setAttribute('role', 'img')
    this.canvas.setAttribute('aria-label', name)
    this.measure()
  }

  measure() {
    const width = Math.floor(Math.min(document.documentElement.clientWidth - 16, WIDEST) * zoom)
    this.canvas.style.width = `${width}px`
    this.canvas.style.height = `${Math.floor(width * this.shape)}px`
  }

  see(near: boolean) {
    this.near = near
    if (near) void this.draw()
    else this.canvas.width = this.canvas.height = 0
  }

  async draw() {
    if (!this.near) return
    const turn = ++this.turn
    const page = await this.pdf.getPage(this.number)
    const whole = page.getViewport({ scale: 1 })
    this.shape = whole.height / whole.width
    this.measure()
    const wanted = (this.canvas.clientWidth * devicePixelRatio) / whole.width
    const scale = Math.min(wanted, Math.sqrt(LARGEST / (whole.width * whole.height)))
    const viewport = page.getViewport({ scale })
    const drawn = document.createElement('canvas')
    drawn.width = Math.max(1, Math.floor(viewport.width))
    drawn.height = Math.max(1, Math.floor(viewport.height))
    await page.render({ canvas: drawn, viewport }).promise
    // Another size was asked for meanwhile, or the page was left.
    if (turn !== this.turn || !this.near) return
    this.canvas.width = drawn.width
    this.canvas.height = drawn.height
    this.canvas.getContext('2d')?.drawImage(drawn, 0, 0)
  }
}

let opened: Sheet[] = []

async function open(bytes: ArrayBuffer, name: string) {
  const task = getDocument({
    data: bytes,
    cMapUrl: beside('cmaps'),
    standardFontDataUrl: beside('standard_fonts'),
    wasmUrl: beside('wasm'),
    isEvalSupported: false,
    maxImageSize: LARGEST_PICTURE,
    enableXfa: false,
  })
  const pdf = await task.promise
  const first = (await pdf.getPage(1)).getViewport({ scale: 1 })
  const words = (n: number) => name.replace('{n}', String(n)).replace('{of}', String(pdf.numPages))
  opened = Array.from({ length: pdf.numPages }, (_, at) => new Sheet(pdf, at + 1, first.height / first.width, words(at + 1)))
  sheets.replaceChildren(...opened.map((sheet) => sheet.canvas))
  const seen = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) opened.find((sheet) => sheet.canvas === target)?.see(isIntersecting)
    },
    { rootMargin: '100% 0px' },
  )
  for (const sheet of opened) seen.observe(sheet.canvas)
  answer({ kind: 'opened', pages: pdf.numPages })
}

function resize() {
  for (const sheet of opened) sheet.measure()
  for (const sheet of opened) void sheet.draw()
}

window.addEventListener('resize', resize)
window.addEventListener('message', (event: MessageEvent<ToFrame>) => {
  if (event.source !== window.parent) return
  if (event.data.kind === 'zoom') {
    zoom = event.data.zoom
    resize()
  } else {
    open(event.data.bytes, event.data.page).catch(() => answer({ kind: 'broken' }))
  }
})
answer({ kind: 'ready' })
