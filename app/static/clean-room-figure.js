/**
 * Shows the verified figure of a room on a page:
 *
 *   <script src="https://rooms.example/clean-room-figure.js"></script>
 *   <clean-room-figure room="0x…"></clean-room-figure>
 *
 * `src` names another server than the one that this script comes from, `height` another height in pixels. The figure is in a
 * frame that runs no script and learns nothing of the page around it but that it was shown.
 */
(() => {
  const ownServer = document.currentScript ? new URL(document.currentScript.src).origin : '';

  /** Address of a room's frame, or undefined where the attributes name none. */
  function addressOf(room, server) {
    if (!/^0x[0-9a-f]{64}$/.test(room ?? '') || !URL.canParse(server)) return undefined;
    const { protocol, origin } = new URL(server);
    return protocol === 'https:' || protocol === 'http:' ? `${origin}/embed/${room}` : undefined;
  }

  class CleanRoomFigure extends HTMLElement {
    static observedAttributes = ['room', 'src', 'height'];

    constructor() {
      super();
      this.attachShadow({ mode: 'open' });
    }

    connectedCallback() {
      this.show();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.show();
    }

    show() {
      const address = addressOf(this.getAttribute('room'), this.getAttribute('src') ?? ownServer);
      if (!address) {
        this.shadowRoot.replaceChildren('clean-room-figure needs the id of a room, and the address of a server.');
        return;
      }
      const frame = document.createElement('iframe');
      frame.title = 'Verified figure of a clean room';
      frame.referrerPolicy = 'no-referrer';
      frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
      frame.height = this.getAttribute('height') ?? '420';
      frame.style.width = '100%';
      frame.style.border = '0';
      frame.src = address;
      this.style.display = 'block';
      this.shadowRoot.replaceChildren(frame);
    }
  }

  customElements.define('clean-room-figure', CleanRoomFigure);
})();
