import { center, onSessionEnd, onUnfinished, type Right, type SessionView } from '@contract/center-client'
import { reactive } from 'vue'
import { dropAll } from './case/drafts'

/** Who is signed in here. */
export const session = reactive({
  view: null as SessionView | null,
  /** Whether the center has been asked yet. */
  asked: false,
  /** Whether the session ended by itself: what was typed waits for the same person. */
  expired: false,
})

// The account whose drafts are held: nobody else may find them.
let owner = ''

onSessionEnd(() => {
  session.expired = session.view !== null
  session.view = null
})

/** Asks the center who is signed in. */
export async function resume() {
  try {
    session.view = await center.session()
    owner = session.view.account
  } catch {
    session.view = null
  } finally {
    session.asked = true
    session.expired = false
  }
}

onUnfinished(() => void resume())

/** Signs in; rejects with a `CenterError`. */
export async function signIn(name: string, password: string) {
  const view = await center.signIn({ name, password })
  if (view.account !== owner) dropAll()
  owner = view.account
  session.expired = false
  session.view = view
}

/** Shows the second factor; rejects with a `CenterError`. */
export async function showCode(code: string) {
  session.view = await center.showCode(code)
}

/** Chooses another password; rejects with a `CenterError`. */
export async function changePassword(password: string, chosen: string) {
  session.view = await center.changePassword({ password, new_password: chosen })
}

/** Signs out and forgets what was typed. */
export async function signOut(everywhere = false) {
  await (everywhere ? center.signOutEverywhere() : center.signOut())
  dropAll()
  session.expired = false
  session.view = null
}

/** Whether the signed-in account may do this. */
export const may = (right: Right): boolean => session.view?.rights.includes(right) ?? false
