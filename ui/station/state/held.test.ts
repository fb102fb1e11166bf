import { expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import { held } from './held'

it('holds what was wrong while something newer is typed, and lets go when the field is left', async () => {
  const error = ref('one character is wrong')
  const quiet = ref(false)
  const shown = held(() => error.value, () => quiet.value)
  expect(shown.value).toBe('one character is wrong')
  quiet.value = true
  error.value = 'too short'
  await nextTick()
  expect(shown.value).toBe('one character is wrong')
  error.value = ''
  await nextTick()
  expect(shown.value).toBe('one character is wrong')
  quiet.value = false
  await nextTick()
  expect(shown.value).toBe('')
})
