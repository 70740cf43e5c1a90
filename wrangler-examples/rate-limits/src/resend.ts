interface Email {
  from: string;
  to: string[];
  subject: string;
  html: string;
}

interface SendResult {
  data: { id: string } | null;
  error: { statusCode: number; name: string; message: string } | null;
}

/** The part of the `resend` package that the Worker uses, so that nothing needs to be installed. */
export class Resend {
  readonly emails = { send: (email: Email) => this.#send(email) };
  readonly #key: string;
  readonly #baseUrl: string;

  constructor(key: string, baseUrl: string) {
    if (!key) {
      throw new Error("Missing API key: copy .dev.vars.example to .dev.vars");
    }
    this.#key = key;
    this.#baseUrl = baseUrl;
  }

  async #send(email: Email): Promise<SendResult> {
    const response = await fetch(`${this.#baseUrl}/emails`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
      body: JSON.stringify(email),
    });
    return response.ok
      ? { data: await response.json(), error: null }
      : { data: null, error: await response.json() };
  }
}
