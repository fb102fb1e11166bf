import { call } from '@contract/host'
import { shallowReactive } from 'vue'
import { codeOf } from './failure'
import { look } from './session'

/** Longer edge of a thumbnail, in pixels. */
export const THUMBNAIL = 320

/** A picture on its way to the disk. */
export interface Upload {
  readonly key: number
  readonly material: string
  readonly picture: Blob
  /** The page it replaces. */
  readonly replaces: string | null
  state: 'waiting' | 'storing' | 'failed'
  /** Why it failed. */
  code: string
  /** It failed for good, was read, and the person went on with another: it is still said, quietly, until it is taken out. */
  past: boolean
  /** Small picture, drawn off the main path; null until there is one. */
  small: ImageBitmap | null
}

/** Failures of the picture itself: trying again would change nothing. */
const HOPELESS = ['picture_broken', 'picture_too_large', 'picture_heic', 'picture_pdf', 'picture_unknown', 'locked']

/** Milliseconds until a failed upload is tried again. */
const RETRY = 2000

/** Pictures of one application on their way to the disk, one after the other. They outlive the page that shows them. */
export class Uploads {
  readonly list: Upload[] = shallowReactive([])
  private busy = false
  private next = 0

  constructor(
    private readonly application: string,
    private readonly seen: () => string[],
    private readonly stored: () => Promise<void>,
  ) {}

  /** How many are not on the disk yet, hopeless ones apart. */
  get open(): number {
    return this.list.filter((upload) => !hopeless(upload)).length
  }

  /** How many of these were tried in vain and are tried again. */
  get failing(): number {
    return this.list.filter((upload) => upload.code !== '' && !hopeless(upload)).length
  }

  /** Those that are not on the disk yet, hopeless ones apart. */
  get rest(): { material: string; replaces: string | null; picture: Blob }[] {
    return this.list.filter((upload) => !hopeless(upload)).map(({ material, replaces, picture }) => ({ material, replaces, picture }))
  }

  /** Puts pictures at the end of the queue. */
  add(material: string, pictures: Blob[], replaces: string | null = null): void {
    for (const upload of this.list) if (upload.material === material && hopeless(upload)) upload.past = true
    for (const picture of pictures) {
      const upload = shallowReactive<Upload>({ key: this.next++, material, picture, replaces, state: 'waiting', code: '', past: false, small: null })
      this.list.push(upload)
      void shrink(picture).then((small) => (upload.small = small))
    }
    void this.run()
  }

  /** Takes one out that will not be stored. */
  discard(upload: Upload): void {
    const at = this.list.indexOf(upload)
    if (at >= 0) this.list.splice(at, 1)
    upload.small?.close()
  }

  /** Tries a failed one again. */
  retry(upload: Upload): void {
    if (upload.state === 'failed') upload.state = 'waiting'
    void this.run()
  }

  /** Gives all up. */
  drop(): void {
    for (const upload of [...this.list]) this.discard(upload)
  }

  private async run(): Promise<void> {
    if (this.busy) return
    this.busy = true
    for (let upload = this.waiting(); upload !== undefined; upload = this.waiting()) await this.store(upload)
    this.busy = false
  }

  private async store(upload: Upload): Promise<void> {
    upload.state = 'storing'
    try {
      await call('page_add', { id: this.application, seen: this.seen(), material: upload.material, replaces: upload.replaces }, upload.picture)
      await this.stored()
      this.discard(upload)
      void look()
    } catch (error) {
      upload.code = codeOf(error)
      upload.state = 'failed'
      if (upload.code === 'unseen') await this.stored()
      if (!hopeless(upload)) setTimeout(() => this.list.includes(upload) && this.retry(upload), RETRY)
    }
  }

  private waiting(): Upload | undefined {
    return this.list.find((upload) => upload.state === 'waiting')
  }
}

/** Whether trying again would change nothing. */
export function hopeless(upload: Upload): boolean {
  return upload.state === 'failed' && HOPELESS.includes(upload.code)
}

let shrinking: Promise<unknown> = Promise.resolve()

// Decoded and shrunk by the browser's own threads, one after the other: on two cores several at once would leave none
// for the screen. A picture the browser cannot read simply has no thumbnail yet.
function shrink(picture: Blob): Promise<ImageBitmap | null> {
  const small = shrinking.then(() => createImageBitmap(picture, { resizeWidth: THUMBNAIL, resizeQuality: 'low' })).catch(() => null)
  shrinking = small
  return small
}
