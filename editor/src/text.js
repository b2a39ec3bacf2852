// The text: a rich-text editor on an XML fragment of the document.
import { Editor, Extension } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { StarterKit } from '@tiptap/starter-kit'
import { yCursorPlugin, yXmlFragmentToProsemirrorJSON } from '@tiptap/y-tiptap'

export const ROOT = 'content'

const BUTTONS = [
  ['bold', 'B', (chain) => chain.toggleBold(), 'bold'],
  ['italic', 'I', (chain) => chain.toggleItalic(), 'italic'],
  ['strike', 'S', (chain) => chain.toggleStrike(), 'strike'],
  ['heading1', 'H1', (chain) => chain.toggleHeading({ level: 1 }), 'heading', { level: 1 }],
  ['heading2', 'H2', (chain) => chain.toggleHeading({ level: 2 }), 'heading', { level: 2 }],
  ['bullets', '•', (chain) => chain.toggleBulletList(), 'bulletList'],
  ['numbers', '1.', (chain) => chain.toggleOrderedList(), 'orderedList'],
  ['quote', '❝', (chain) => chain.toggleBlockquote(), 'blockquote'],
  ['code', '</>', (chain) => chain.toggleCodeBlock(), 'codeBlock'],
  ['undo', '↶', (chain) => chain.undo()],
  ['redo', '↷', (chain) => chain.redo()],
]

// Styles in attributes are refused by the policy of the pages: a colour is a class.
const caret = (user) => {
  const mark = document.createElement('span')
  mark.className = `caret ${user.tint || 'tint0'}`
  const name = document.createElement('span')
  name.className = 'who'
  name.setAttribute('aria-hidden', 'true')
  name.textContent = user.name || ''
  mark.append(name)
  return mark
}

const cursors = (presence) => Extension.create({
  name: 'cursors',
  addProseMirrorPlugins: () => [yCursorPlugin(presence, {
    cursorBuilder: caret,
    selectionBuilder: (user) => ({ class: `chosen ${user.tint || 'tint0'}` }),
  })],
})

export function openText({ doc, presence, place, bar, page, labels }) {
  const editor = new Editor({
    element: place,
    editable: page.writes,
    injectCSS: false,
    editorProps: { attributes: { role: 'textbox', 'aria-multiline': 'true', 'aria-label': page.title } },
    extensions: [
      StarterKit.configure({ undoRedo: false, link: { openOnClick: false, protocols: ['http', 'https', 'mailto'] } }),
      Collaboration.configure({ document: doc, field: ROOT }),
      cursors(presence),
    ],
  })
  if (page.writes) {
    const made = BUTTONS.map(([name, shown, act, node, attributes]) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = shown
      button.title = labels[name]
      button.setAttribute('aria-label', labels[name])
      button.onclick = () => act(editor.chain().focus()).run()
      bar.append(button)
      return [button, node, attributes]
    })
    editor.on('transaction', () => {
      for (const [button, node, attributes] of made) {
        if (node) button.setAttribute('aria-pressed', String(editor.isActive(node, attributes)))
      }
    })
  }
  return {
    chosen: () => editor.state.doc.textBetween(editor.state.selection.from, editor.state.selection.to, ' '),
    restore: (old) => editor.commands.setContent(yXmlFragmentToProsemirrorJSON(old.getXmlFragment(ROOT))),
  }
}

