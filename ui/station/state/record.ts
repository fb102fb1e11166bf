import { call, thisWindow } from '@contract/host'
import type { ApplicationView, Commands, QuestionView } from '@contract/station'
import { computed, markRaw, shallowReactive, shallowRef } from 'vue'
import { Draft, type Held } from './draft'
import { codeOf } from './failure'
import { released } from './press'
import { look } from './session'
import type { Typed } from './typed'
import { Uploads } from './uploads'

/** Commands that change an application and give it back. */
type Change = { [K in keyof Commands]: Commands[K] extends { reply: ApplicationView; bytes: false } ? K : never }[keyof Commands]

/** One application as this screen holds it: what the station last said, what is being typed, what is being stored. */
export class ApplicationRecord {
  readonly view = shallowRef<ApplicationView | null>(null)
  /** Code of why it could not be read; empty when it could. */
  readonly failure = shallowRef('')
  readonly uploads: Uploads
  private readonly drafts = shallowReactive(new Map<string, Draft>())
  private tail: Promise<unknown> = Promise.resolve()
  /** Names of what can be typed now; of repeats, of those to which rows can be added. */
  readonly editable = computed(() => new Set(this.view.value?.editable_fields))
  private readonly questions = computed(() => new Map(this.view.value?.form.questions.map((question) => [question.name, question])))
  /** How many texts and pictures are not on the disk yet. */
  readonly unsaved = computed(() => [...this.drafts.values()].filter((draft) => draft.unsaved).length + this.uploads.open)
  /** Texts only. */
  readonly unsavedTexts = computed(() => [...this.drafts.values()].filter((draft) => draft.unsaved).length)

  /** How many of these were tried in vain and are tried again. */
  readonly failing = computed(() => [...this.drafts.values()].filter((draft) => draft.state === 'failed').length + this.uploads.failing)

  constructor(readonly id: string) {
    this.uploads = new Uploads(id, () => this.shows(), () => this.read())
  }

  /** Reads the application again. */
  async read(): Promise<void> {
    try {
      await this.enqueue(() => call('application', { id: this.id, window: thisWindow }))
      this.failure.value = ''
    } catch (error) {
      this.failure.value = codeOf(error)
    }
  }

  /**
   * Runs a command that changes the application, made on what the screen shows when its turn has come, or on `seen`. Gives
   * what stands for that and the change itself. Throws what the station answers.
   */
  async change<K extends Change>(command: K, args: Omit<Commands[K]['args'], 'id' | 'seen'>, seen = () => this.shows()): Promise<string[]> {
    try {
      const run = () => call(command, { ...args, id: this.id, seen: seen() } as Commands[K]['args'], ...([] as never)) as Promise<ApplicationView>
      const { written } = await this.enqueue(run)
      void look()
      return written
    } catch (error) {
      if (codeOf(error) === 'unseen') await this.read()
      throw error
    }
  }

  /** Signs with a picture of the signature. */
  async sign(png: Blob): Promise<void> {
    await this.enqueue(() => call('sign', { id: this.id, seen: this.shows() }, png))
  }

  /** What is typed into a question. */
  answer(name: string): Draft {
    return this.draft(`answers.${name}`, (value, seen) => this.change('answer_set', { name, value, note: '' }, seen))
  }

  /** What is typed about who is here. */
  presence(name: string): Draft {
    return this.draft(`presence.${name}`, (value, seen) => this.change('presence_set', { name, value }, seen))
  }

  /** Settles when everything typed was tried; false when something is still not saved. */
  async flush(): Promise<boolean> {
    await Promise.all([...this.drafts.values()].map((draft) => draft.flush()))
    return this.unsavedTexts.value === 0
  }

  /** What is not on the disk yet. */
  typed(): Typed {
    const texts = [...this.drafts].flatMap(([path, draft]) => (draft.rest ? [{ path, ...draft.rest }] : []))
    return { id: this.id, texts, pictures: this.uploads.rest }
  }

  /** Takes up again what could not be saved. */
  bringBack({ texts, pictures }: Typed): void {
    for (const { path, text, under } of texts) {
      const name = path.slice(path.indexOf('.') + 1)
      const draft = path.startsWith('presence.') ? this.presence(name) : this.answer(name)
      draft.resume(text, under)
    }
    for (const { material, replaces, picture } of pictures) this.uploads.add(material, [picture], replaces)
  }

  /** Everything of this application leaves the memory of the screen. */
  drop(): void {
    for (const draft of this.drafts.values()) draft.drop()
    this.uploads.drop()
    this.view.value = null
  }

  private draft(path: string, store: (value: string, seen: () => string[]) => Promise<string[]>): Draft {
    let draft = this.drafts.get(path)
    if (draft === undefined) {
      draft = Draft.of(this.held(path), store)
      this.drafts.set(path, draft)
    }
    return draft
  }

  private held(path: string): Held {
    const view = this.view.value
    const name = path.slice(path.indexOf('.') + 1)
    // What is offered from before stands there until somebody types over it.
    const offered = view?.offers.find((offer) => offer.question === name)?.value
    const text = path.startsWith('presence.') ? view?.presence[name]?.value : (offered ?? this.questions.value.get(name)?.value)
    return { text: text ?? '', seen: this.shows(), rivals: view?.conflicts.some((conflict) => conflict.path === path) ?? false }
  }

  private shows(): string[] {
    return this.view.value?.shows ?? []
  }

  // One command at a time: answers come back in the order of the questions, so an older view never covers a newer one, and
  // what is typed quickly builds on itself.
  private enqueue(run: () => Promise<ApplicationView>): Promise<ApplicationView> {
    const next = this.tail.then(run).then(async (view) => {
      await released()
      const held = this.questions.value
      view.form.questions = view.form.questions.map((question) => same(held.get(question.name), question))
      this.view.value = markRaw(view)
      for (const [path, draft] of this.drafts) draft.offer(this.held(path))
      return view
    })
    this.tail = next.catch(() => undefined)
    return next
  }
}

/** What is shown already, when it says the same: then nothing on the screen is made anew for it. */
function same(held: QuestionView | undefined, come: QuestionView): QuestionView {
  return held !== undefined && JSON.stringify(held) === JSON.stringify(come) ? held : come
}

const records = shallowReactive(new Map<string, ApplicationRecord>())

/** The application `id`, held from now on. Others that have nothing unsaved are let go. */
export function record(id: string): ApplicationRecord {
  for (const [other, held] of records) if (other !== id && held.unsaved.value === 0) records.delete(other)
  let held = records.get(id)
  if (held === undefined) {
    held = markRaw(new ApplicationRecord(id))
    records.set(id, held)
  }
  return held
}

/** Texts and pictures of all applications that are not on the disk yet. */
export const unsaved = computed(() => [...records.values()].reduce((sum, held) => sum + held.unsaved.value, 0))

/** Those that were tried in vain and are tried again. */
export const failing = computed(() => [...records.values()].reduce((sum, held) => sum + held.failing.value, 0))

/** Tries to save everything now; false when something is still not saved. */
export async function flushAll(): Promise<boolean> {
  await Promise.all([...records.values()].map((held) => held.flush()))
  return unsaved.value === 0
}

/** What of all applications is not on the disk yet. */
export const typed = (): Typed[] => [...records.values()].map((held) => held.typed()).filter(({ texts, pictures }) => texts.length + pictures.length > 0)

/** Takes up again what somebody typed who is back. */
export function bringBack(typed: Typed[]): void {
  for (const one of typed) record(one.id).bringBack(one)
}

/** Nothing personal stays in memory once the device is locked. */
export function forgetAll(): void {
  for (const held of records.values()) held.drop()
  records.clear()
}
