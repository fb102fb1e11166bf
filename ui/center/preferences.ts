import { language, type Language } from '@kit'
import { reactive, watchEffect } from 'vue'
import { speak } from '@contract/center-client'

const sizes = ['standard', 'large', 'largest']
const KEY = 'doorstep-console'

function stored(): { size: string; language: Language } {
  let kept: unknown
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? '{}')
  } catch {
    // Storage that is closed or altered only means the defaults.
  }
  const { size, language } = (kept ?? {}) as Record<string, unknown>
  return { size: sizes.find((known) => known === size) ?? 'standard', language: language === 'en' ? 'en' : 'zh-CN' }
}

/** How this browser shows the console. Holds nothing about any person. */
export const preferences = reactive(stored())

/** Applies the preferences to the page and keeps them, from now on. */
export function applyPreferences() {
  watchEffect(() => {
    language.value = preferences.language
    speak(preferences.language)
    document.documentElement.lang = preferences.language
    document.documentElement.dataset['size'] = preferences.size
    try {
      localStorage.setItem(KEY, JSON.stringify(preferences))
    } catch {
      // A browser that keeps nothing still shows it now.
    }
  })
}
