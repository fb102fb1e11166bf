import { language } from '@kit'
import { onBeforeUnmount, ref, type Ref } from 'vue'

/** Reading aloud, where the device has a voice for the language shown. */
export function useSpeech(): { can: Ref<boolean>; speaking: Ref<boolean>; speak: (text: string) => void; stop: () => void } {
  const can = ref(false)
  const speaking = ref(false)
  const voices = 'speechSynthesis' in window ? window.speechSynthesis : null
  const prefix = () => (language.value === 'en' ? 'en' : 'zh')
  const voice = () => voices?.getVoices().find((one) => one.lang.toLowerCase().startsWith(prefix()))
  const hear = () => (can.value = voice() !== undefined)

  function stop() {
    voices?.cancel()
    speaking.value = false
  }
  function speak(text: string) {
    const with_ = voice()
    if (!voices || !with_) return
    voices.cancel()
    const words = new SpeechSynthesisUtterance(text)
    words.voice = with_
    words.lang = with_.lang
    words.rate = 0.85
    words.onend = words.onerror = () => (speaking.value = false)
    speaking.value = true
    voices.speak(words)
  }
  hear()
  voices?.addEventListener?.('voiceschanged', hear)
  onBeforeUnmount(() => {
    voices?.removeEventListener?.('voiceschanged', hear)
    stop()
  })
  return { can, speaking, speak, stop }
}
