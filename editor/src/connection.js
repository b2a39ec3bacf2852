// The connection of a document to the socket process: it asks for a token, joins the room, keeps the document the same
// as that of the server, and knows what is stored.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as awareness from 'y-protocols/awareness'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'

const SYNC = 0, AWARENESS = 1, STORED = 100
// Milliseconds that edits are collected before they are sent, and between two attempts to connect.
const COLLECT = 40, FIRST = 500, MOST = 15000
// Close codes after which connecting again does not help.
const FINAL = new Set([1009, 4400, 4403, 4404, 4410, 4411, 4412])

export class Connection {
  // `told(status, code)`: status is one of connecting, saved, saving, offline, ended.
  constructor({ doc, presence, page, told }) {
    Object.assign(this, { doc, presence, page, told })
    this.sent = this.stored = 0
    this.waiting = []
    this.edited = this.joined = this.ended = false
    this.pause = FIRST
    doc.on('update', (update, origin) => this.changed(update, origin))
    presence.on('update', ({ added, updated, removed }, origin) => {
      if (origin === 'local') this.sendPresence([...added, ...updated, ...removed])
    })
    addEventListener('online', () => this.again(0))
    addEventListener('offline', () => this.socket && this.socket.close())
    addEventListener('beforeunload', (event) => { if (this.unsaved()) event.preventDefault() })
    addEventListener('pagehide', () => this.socket && this.socket.close())
    // A client that says nothing for too long counts as gone.
    setInterval(() => this.sendPresence([doc.clientID]), 25000)
    this.open()
  }

  unsaved() { return this.edited }

  async open() {
    clearTimeout(this.timer)
    if (this.socket || this.ended) return
    this.report('connecting')
    let given
    try {
      const answer = await fetch(this.page.tokens, {
        method: 'POST', credentials: 'same-origin', headers: { 'X-CSRFToken': this.page.csrf },
      })
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return this.end(4410)
      given = await answer.json()
    } catch {
      return this.again()
    }
    if (this.socket) return
    const socket = (this.socket = new WebSocket(given.address))
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => socket.send(JSON.stringify({ token: given.token, room: this.page.room }))
    socket.onmessage = ({ data }) => (typeof data === 'string' ? this.join(JSON.parse(data)) : this.read(new Uint8Array(data)))
    socket.onclose = ({ code }) => this.closed(socket, code)
  }

  join(message) {
    if (message.type !== 'joined') return
    this.joined = true
    this.pause = FIRST
    this.sent = this.stored = 0
    this.waiting = []
    this.send(SYNC, (encoder) => sync.writeSyncStep1(encoder, this.doc))
    this.sendPresence([this.doc.clientID])
    this.report()
  }

  read(data) {
    const decoder = decoding.createDecoder(data)
    const kind = decoding.readVarUint(decoder)
    if (kind === SYNC) {
      const encoder = encoding.createEncoder()
      encoding.writeVarUint(encoder, SYNC)
      const step = sync.readSyncMessage(decoder, encoder, this.doc, this)
      if (step === sync.messageYjsSyncStep1 && this.page.writes) {
        this.sent += 1
        this.socket.send(encoding.toUint8Array(encoder))
      }
      if (step === sync.messageYjsSyncStep2) this.told('synced')
    } else if (kind === AWARENESS) {
      awareness.applyAwarenessUpdate(this.presence, decoding.readVarUint8Array(decoder), this)
    } else if (kind === STORED) {
      this.stored = decoding.readVarUint(decoder)
      if (this.stored === this.sent && !this.waiting.length) this.edited = false
    }
    this.report()
  }

  changed(update, origin) {
    if (origin === this || !this.page.writes) return
    this.edited = true
    this.waiting.push(update)
    if (this.waiting.length === 1) setTimeout(() => this.flush(), COLLECT)
    this.report()
  }

  flush() {
    // Without a connection nothing is sent: the server asks for what it lacks when there is one again.
    const updates = this.waiting
    this.waiting = []
    if (!this.joined || !updates.length) return
    this.sent += 1
    this.send(SYNC, (encoder) => sync.writeUpdate(encoder, Y.mergeUpdates(updates)))
  }

  sendPresence(clients) {
    if (!this.joined) return
    this.send(AWARENESS, (encoder) =>
      encoding.writeVarUint8Array(encoder, awareness.encodeAwarenessUpdate(this.presence, clients)))
  }

  send(kind, write) {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, kind)
    write(encoder)
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(encoding.toUint8Array(encoder))
  }

  closed(socket, code) {
    if (this.socket !== socket) return
    this.socket = null
    this.joined = false
    const others = [...this.presence.getStates().keys()].filter((each) => each !== this.doc.clientID)
    awareness.removeAwarenessStates(this.presence, others, this)
    if (FINAL.has(code)) this.end(code)
    else this.again()
  }

  again(pause = this.pause) {
    this.report('offline')
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2))
    this.pause = Math.min(this.pause * 2, MOST)
  }

  end(code) {
    this.ended = true
    this.told('ended', code)
  }

  report(status) {
    if (this.ended) return
    this.told(status || (this.joined ? (this.edited ? 'saving' : 'saved') : 'offline'))
  }
}
