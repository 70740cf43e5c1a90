import { gunzipSync, gzipSync, strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { worker } from "../worker.js";

export default worker({
  produce() {
    const zipped = zipSync({ "a.txt": strToU8("first"), folder: { "b.txt": strToU8("second".repeat(100)) } });
    return { answer: [Object.keys(unzipSync(zipped)), zipped.length < 600], message: { zipped: [...zipped] } };
  },

  async consume({ zipped }) {
    const files = unzipSync(new Uint8Array(zipped));
    const stream = new Response(gzipSync(strToU8("across"))).body.pipeThrough(new DecompressionStream("gzip"));
    return [strFromU8(files["a.txt"]), files["folder/b.txt"].length, strFromU8(gunzipSync(gzipSync(files["a.txt"]))), await new Response(stream).text()];
  },
});
