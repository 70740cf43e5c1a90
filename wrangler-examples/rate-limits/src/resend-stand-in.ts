const REQUESTS_PER_SECOND = 2;

let accepted: number[] = [];

/** Answers as Resend does: an id, or 429 when more than two requests arrive within a second. */
export function answerAsResend(request: Request, key: string): Response {
  if (request.headers.get("authorization") !== `Bearer ${key}`) {
    return refuse(401, "invalid_api_key", "API key is invalid");
  }
  const now = Date.now();
  accepted = accepted.filter((time) => now - time < 1000);
  if (accepted.length >= REQUESTS_PER_SECOND) {
    return refuse(429, "rate_limit_exceeded", "Too many requests.");
  }
  accepted.push(now);
  return Response.json({ id: crypto.randomUUID() });
}

function refuse(statusCode: number, name: string, message: string): Response {
  return Response.json({ statusCode, name, message }, { status: statusCode });
}
