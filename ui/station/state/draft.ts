import { shallowReactive } from 'vue'
import { codeOf } from './failure'
import { released } from './press'

/** What the station holds in a field, as the screen was told. */
export interface Held {
  text: string
  /** Stands for all that was told with it: an edit says what it was made on. */
  seen: string[]
  /** Rival values stand there, and `text` is one of them. */
  rivals: boolean
}

/** How far a typed text has got. `saved` is said only after the station answered that it is on the disk. */
export type DraftState = 'clean' | 'typing' | 'saving' | 'saved' | 'failed'

/** Milliseconds without a key after which typed text is saved. */
export const PAUSE = 400
/** Milliseconds until a failed save is tried again. */
const RETRY = 2000

/**
 * The text of one field between the keys and the disk. It outlives the component that shows it, so leaving a page
 * never loses a letter; what could not be saved stays here and is tried again until it is.
 */
export class Draft {
  text: string
  state: DraftState = 'clean'
  /** The person has been here and left, or moved on: errors may be shown. */
  touched = false
  focused = false
  /** A key was pressed since the field was entered. */
  private edited = false
  /** The field was left, and not entered again since. */
  private left = false
  /** Why the last save failed. */
  code = ''
  /** What is held as it was told last: the text as the station made it (full-width digits narrowed, days written alike). */
  private told: Held
  /** What the text is typed over. What came while it was typed is not part of it: whoever types has not looked at that. */
  private under: Held
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | undefined

  private constructor(
    held: Held,
    private readonly save: (text: string, seen: () => string[]) => Promise<string[]>,
  ) {
    this.text = held.text
    this.told = this.under = held
  }

  /**
   * A draft that begins with what is held. `save` settles when the text is on the disk, with what stands for what it was
   * made on and itself; what it is made on it asks when its turn has come.
   */
  static of(held: Held, save: (text: string, seen: () => string[]) => Promise<string[]>): Draft {
    return shallowReactive(new Draft(held, save))
  }

  get unsaved(): boolean {
    return this.state === 'typing' || this.state === 'saving' || this.state === 'failed'
  }

  /** The text is newer than anything the station has judged: what it said is wrong is not said while this lasts. */
  get quiet(): boolean {
    return this.unsaved || this.edited
  }

  /** The field was entered. */
  enter(): void {
    this.focused = true
    this.edited = this.left = false
  }

  /** A key was pressed. */
  type(text: string): void {
    if (text === this.text && !this.unsaved) return
    this.text = text
    this.state = 'typing'
    this.edited = this.focused
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), PAUSE)
  }

  /** Something was chosen: there is nothing to wait for. */
  choose(text: string): void {
    if (text === this.text && !this.unsaved) return
    this.type(text)
    this.touched = true
    void this.flush()
  }

  /** The field was left. */
  leave(): void {
    this.left = true
    void this.flush()
    void released().then(() => {
      this.touched = true
      // Entered again meanwhile, as when the first error takes the focus.
      if (this.left) this.focused = this.edited = false
      this.settle()
    })
  }

  /** Settles when the text is on the disk or a save failed (then it will be tried again). */
  flush(): Promise<void> {
    clearTimeout(this.timer)
    if (this.running === undefined && (this.state === 'typing' || this.state === 'failed')) {
      this.running = this.run().finally(() => (this.running = undefined))
    }
    return this.running ?? Promise.resolve()
  }

  /** What the station holds now. Text that is being typed or not yet saved is never replaced. */
  offer(held: Held): void {
    this.told = held
    this.settle()
  }

  /** The text and what it is typed over, while it is not on the disk. */
  get rest(): { text: string; under: Held } | null {
    return this.unsaved ? { text: this.text, under: this.under } : null
  }

  /** Takes up again a text that could not be saved, over what it was typed over. */
  resume(text: string, under: Held): void {
    this.under = under
    this.text = text
    this.state = 'typing'
    void this.flush()
  }

  /** Stops trying; what is unsaved is given up. */
  drop(): void {
    clearTimeout(this.timer)
    this.state = 'clean'
  }

  private async run(): Promise<void> {
    while (this.state === 'typing' || this.state === 'failed') {
      const text = this.text
      this.state = 'saving'
      try {
        const written = await this.save(text, () => this.under.seen)
        this.code = ''
        this.under = this.told.rivals ? { ...this.told, seen: written } : this.told
        if (this.isSaving()) this.state = 'saved'
        this.settle()
      } catch (error) {
        this.code = codeOf(error)
        this.state = 'failed'
        // What it was typed over is no more, as when the district refused it: it is typed over what there is.
        if (this.code === 'unseen') this.under = this.told
        this.timer = setTimeout(() => void this.flush(), RETRY)
        return
      }
    }
  }

  private settle(): void {
    const free = !this.unsaved && !this.focused
    if (free || (!this.told.rivals && this.told.text === this.under.text)) this.under = this.told
    if (free) this.text = this.told.text
  }

  // A key pressed while a save is under way turns the state back to `typing`.
  private isSaving(): boolean {
    return this.state === 'saving'
  }
}
