import { computed, inject, type ComputedRef, type InjectionKey } from 'vue'

/** What a field tells the control inside it. */
export interface FieldContext {
  /** Id for the control. */
  id: string
  /** Id of the label. */
  labelId: string
  /** Ids of hint and error, for `aria-describedby`. */
  describedBy: string | undefined
  /** Whether an error is shown. */
  invalid: boolean
  /** Whether an answer is needed. */
  required: boolean
}

/** Where {@link DsField} leaves its context. */
export const fieldKey: InjectionKey<ComputedRef<FieldContext>> = Symbol('field')

/** The context of the surrounding field, and the attributes a control in it must carry. */
export function useField() {
  const field = inject(fieldKey, null)
  const attributes = computed(() =>
    field === null
      ? {}
      : {
          id: field.value.id,
          'aria-describedby': field.value.describedBy,
          'aria-invalid': field.value.invalid ? ('true' as const) : undefined,
          'aria-required': field.value.required ? ('true' as const) : undefined,
        },
  )
  return { field, attributes }
}
