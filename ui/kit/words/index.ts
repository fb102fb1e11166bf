import { computed, ref, type ComputedRef } from 'vue'

/** A language of the screen, named as the hosts name it. */
export type Language = 'zh-CN' | 'en'

/** The language shown now. */
export const language = ref<Language>('zh-CN')

/** Words of one interface in both languages: `pick(zh, en).value.home.title`. Keys are kept equal by the type. */
export function pick<W>(zh: W, en: NoInfer<W>): ComputedRef<W> {
  return computed(() => (language.value === 'en' ? en : zh))
}

/** Words of a workbook in the language shown now; Chinese where there is no English. */
export const spoken = (text: { zh: string; en: string }): string => (language.value === 'en' && text.en !== '' ? text.en : text.zh)

/** Every key of a tree of words, as paths; a test compares both languages with it. */
export function keys(tree: object, at = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keys(value, `${at}${key}.`) : [`${at}${key}`],
  )
}
