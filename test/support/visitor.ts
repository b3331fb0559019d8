/** What a browser has of a server: its cookies, and the token of the page that it looked at last. */
export class Visitor {
  cookie = '';
  token = '';
  readonly #url: string;

  /** @param url of the server, without a slash at its end */
  constructor(url: string) {
    this.#url = url;
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.#url + path, {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', ...(this.cookie ? { cookie: this.cookie } : {}), ...init.headers },
    });
    const [set] = response.headers.getSetCookie();
    if (set) this.cookie = set.split(';')[0];
    return response;
  }

  async look(path: string): Promise<string> {
    const html = await (await this.ask(path)).text();
    this.token = /name="token" value="([^"]+)"/.exec(html)?.[1] ?? this.token;
    return html;
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams({ token: this.token, ...fields });
    return this.ask(path, { method: 'POST', body, headers: { origin: this.#url, ...headers } });
  }

  /** Makes a profile and chooses it. */
  async create(name: string): Promise<void> {
    await this.look('/profiles');
    await this.post('/profiles?/create', { name });
  }
}

/** What a person reads of a page, without markup. */
export function textOf(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<!--[\s\S]*?-->|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}
