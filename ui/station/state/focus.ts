/** Moves the focus to the first control whose field shows an error, and brings it into sight. */
export function focusFirstError(): void {
  focusIn(document.querySelector<HTMLElement>('main [data-invalid]'))
}

/** The same for the question `name`. */
export function focusQuestion(name: string): void {
  focusIn(document.querySelector<HTMLElement>(`main [data-question="${CSS.escape(name)}"]`))
}

function focusIn(field: HTMLElement | null): void {
  const control = field?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select, button')
  field?.scrollIntoView({ block: 'center' })
  control?.focus({ preventScroll: true })
}
