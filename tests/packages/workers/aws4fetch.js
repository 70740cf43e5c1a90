import { AwsClient, AwsV4Signer } from "aws4fetch";
import { worker } from "../worker.js";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

export default worker({
  async produce() {
    // A case of AWS's own test suite for Signature Version 4: get-vanilla.
    const signer = new AwsV4Signer({ ...keys, url: "https://example.amazonaws.com/", service: "service", region: "us-east-1", datetime: "20150830T123600Z" });
    const { headers } = await signer.sign();
    return { answer: headers.get("authorization").split(", ").at(-1), message: "report.txt" };
  },

  async consume(name, env) {
    const client = new AwsClient({ ...keys, service: "s3", region: "auto", retries: 0 });
    const response = await client.fetch(`${env.STAND_IN}/bucket/${name}`, { method: "PUT", body: "content" });
    return [response.status, await response.json()];
  },
});
