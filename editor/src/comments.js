// Comments: a list in the document, each with the words that it is about.
import * as Y from 'yjs'

export function showComments({ doc, presence, page, labels, opened, list, form }) {
  const comments = doc.getArray('comments')

  const draw = () => {
    list.replaceChildren(...comments.toArray().filter((each) => each instanceof Y.Map).map((each) => {
      const item = document.createElement('li')
      const about = each.get('quote')
      if (about) {
        const quote = document.createElement('blockquote')
        quote.textContent = about
        item.append(quote)
      }
      const text = document.createElement('p')
      text.textContent = each.get('text')
      const who = document.createElement('p')
      who.className = 'quiet'
      who.textContent = `${each.get('author') || ''} · ${new Date(each.get('time')).toLocaleString(document.documentElement.lang)}`
      item.append(text, who)
      if (each.get('done')) item.className = 'done'
      if (page.writes) {
        const button = document.createElement('button')
        button.type = 'button'
        button.textContent = each.get('done') ? labels.reopen : labels.resolve
        button.onclick = () => each.set('done', !each.get('done'))
        item.append(button)
      }
      return item
    }))
  }

  if (form) {
    let about = ''
    // The selection is lost when the field of the comment gets the focus.
    form.addEventListener('focusin', () => { about = opened.chosen().slice(0, 300) || about })
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const field = form.elements.namedItem('text'), text = field.value.trim().slice(0, 2000)
      if (!text) return
      const user = presence.getLocalState().user
      const made = new Y.Map(Object.entries({ quote: about, text, author: user.name, time: Date.now(), done: false }))
      comments.push([made])
      field.value = about = ''
    })
  }
  comments.observeDeep(draw)
  draw()
}
