import OpenAI from "openai";
import { worker } from "../worker.js";

const client = (env) => new OpenAI({ apiKey: "sk-test", baseURL: `${env.STAND_IN}/v1`, maxRetries: 0 });
const messages = [{ role: "user", content: "hello" }];

export default worker({
  async produce(request, env) {
    const completion = await client(env).chat.completions.create({ model: "gpt-test", messages });
    const failure = await client(env).models.retrieve("missing").catch((error) => [error.status, error.constructor.name]);
    return { answer: [completion.choices[0].message.content, failure], message: messages };
  },

  async consume(messages, env) {
    const stream = await client(env).chat.completions.create({ model: "gpt-stream", messages, stream: true });
    let text = "";
    for await (const { choices } of stream) text += choices[0].delta.content ?? "";
    return text;
  },
});
