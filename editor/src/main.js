// The page of a shared document: it opens the text or the sheet, shows who is here, what is stored, and the comments.
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { showComments } from './comments.js'
import { Connection } from './connection.js'
import { openSheet } from './sheet.js'
import { openText } from './text.js'

const TINTS = 8

function open(root) {
  const labels = JSON.parse(root.dataset.labels)
  const page = { ...root.dataset, writes: root.dataset.writes === 'yes' }
  const part = (name) => root.querySelector(`[data-part="${name}"]`)
  const doc = new Y.Doc(), presence = new Awareness(doc)
  const given = { doc, presence, page, labels, place: part('place'), bar: part('bar') }
  const opened = page.kind === 'sh' ? openSheet(given) : openText(given)
  const tint = `tint${doc.clientID % TINTS}`
  presence.setLocalStateField('user', { name: page.name, tint })

  const status = part('status')
  let restored = false
  const told = (state, code) => {
    if (state === 'synced') {
      if (page.old && !restored) {
        restored = true
        restore(opened, page.old)
      }
      root.dataset.synced = 'yes'
      return
    }
    const text = state === 'ended' ? labels[`closed${code}`] || labels.closed : labels[state]
    if (status.textContent !== text) status.textContent = text
    status.dataset.state = state
  }
  new Connection({ doc, presence, page, told })

  const people = part('people')
  const showPeople = () => {
    people.replaceChildren(...[...presence.getStates().values()].filter((each) => each.user).map(({ user }) => {
      const item = document.createElement('li')
      item.className = user.tint
      item.textContent = user.name
      return item
    }))
  }
  presence.on('change', showPeople)
  showPeople()
  const name = part('name')
  if (name) {
    name.onchange = () => presence.setLocalStateField('user', { name: name.value.slice(0, 60) || page.name, tint })
  }
  showComments({ doc, presence, page, labels, opened, list: part('comments'), form: part('comment') })
  root.hidden = false
  const plain = document.querySelector('[data-part="plain"]')
  if (plain) plain.remove()
}

function restore(opened, old) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Uint8Array.from(atob(old), (each) => each.charCodeAt(0)))
  opened.restore(doc)
  history.replaceState(null, '', location.pathname)
}

for (const root of document.querySelectorAll('[data-editor]')) open(root)
