interface Email {
  to?: string;
  template: string;
  name: string;
}

/**
 * Stands in for the email provider: refuses a wrong key and an email without an address, and cannot reach
 * anybody at down.example.
 */
export async function answerAsEmailProvider(request: Request): Promise<Response> {
  if (request.headers.get("authorization") !== "Bearer local-key") {
    return new Response(null, { status: 401 });
  }
  const { to } = await request.json<Email>();
  if (to === undefined) {
    return new Response(null, { status: 422 });
  }
  return new Response(null, { status: to.endsWith("@down.example") ? 503 : 202 });
}
