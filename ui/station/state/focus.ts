/** Moves the focus to the first control whose field shows an error, and brings it into sight. */
export function focusFirstError(): void {
  const field = document.querySelector<HTMLElement>('main [data-invalid]')
  const control = field?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select, button')
  field?.scrollIntoView({ block: 'center' })
  control?.focus({ preventScroll: true })
}
