import type { Role } from '@contract/center-client'
import { named, type Words } from '../words'

/** Roles of the console's accounts, in the order of the table. */
export const atCenter: Role[] = ['window', 'reviewer', 'chief_representative', 'supervisor', 'administrator']

/** Roles of a station's staff. */
export const atStation: Role[] = ['village_clerk', 'agent', 'town_clerk']

/** Roles to choose from. */
export const choices = (words: Words, roles: Role[]) => roles.map((role) => ({ value: role, label: named(words.account.roles, role) }))
