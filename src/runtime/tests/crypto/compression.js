// CompressionStream and node:zlib.
import * as zlib from "node:zlib";
import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { pipeline } from "node:stream/promises";
import { Readable, Writable } from "node:stream";

const text = "to be or not to be ".repeat(5000);

async function collect(readable) {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

async function through(stream, ...chunks) {
  const writer = stream.writable.getWriter();
  const written = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  written.catch(() => {});
  const result = await collect(stream.readable);
  await written;
  return result;
}

export const tests = {
  async "streams of every format"() {
    for (const format of ["gzip", "deflate", "deflate-raw"]) {
      const small = await through(new CompressionStream(format), utf8(text.slice(0, 7)), utf8(text.slice(7)));
      equal(small.length < text.length / 10, true, `${format} is smaller`);
      const pieces = Array.from({ length: Math.ceil(small.length / 50) }, (_, index) => small.slice(index * 50, index * 50 + 50));
      equal(new TextDecoder().decode(await through(new DecompressionStream(format), ...pieces)) === text, true, format);
      await throws("TypeError", () => through(new DecompressionStream(format), small.slice(0, -1)), `${format} cut short`);
      await throws("TypeError", () => through(new DecompressionStream(format), new Uint8Array([...small, 1])), `${format} with more`);
      await throws("TypeError", () => through(new DecompressionStream(format), small, new Uint8Array(1)), `${format} with more later`);
      await throws("TypeError", () => through(new DecompressionStream(format)), `${format} of nothing`);
      const empty = await through(new CompressionStream(format));
      equal((await through(new DecompressionStream(format), empty)).length, 0, `${format} of no bytes`);
    }
    await throws("TypeError", () => new CompressionStream("zip"), "a format");
    await throws("TypeError", () => through(new DecompressionStream("gzip"), utf8("nonsense")), "nonsense");
    await throws("TypeError", () => through(new CompressionStream("gzip"), "text"), "text");
  },

  async "output comes before the end and waits for its reader"() {
    const { readable, writable } = new DecompressionStream("gzip");
    const large = zlib.gzipSync(Buffer.alloc(5_000_000));
    const writer = writable.getWriter();
    let isWritten = false;
    writer.write(large).then(() => (isWritten = true), () => {});
    const reader = readable.getReader();
    const first = await reader.read();
    equal([first.done, first.value.length <= 1_000_000, isWritten], [false, true, false], "the first piece");
    let total = first.value.length;
    while (total < 5_000_000) total += (await reader.read()).value.length;
    await writer.close();
    equal([total, (await reader.read()).done], [5_000_000, true], "all of it");
  },

  async "streams that nobody uses take nothing, and those given up are closed"() {
    for (let index = 0; index < 2000; index++) new CompressionStream("gzip");
    for (let index = 0; index < 600; index++) {
      const { readable, writable } = new DecompressionStream("gzip");
      const writer = writable.getWriter();
      writer.write(new Uint8Array([0x1f, 0x8b])).catch(() => {});
      writer.closed.catch(() => {});
      await readable.cancel();
      const gzip = zlib.createGzip();
      gzip.write("x");
      gzip.destroy();
    }
    equal(zlib.gunzipSync(zlib.gzipSync(text)).length, text.length, "still there");
  },

  async "node:zlib at once"() {
    for (const [compress, decompress] of [
      ["gzip", "gunzip"], ["deflate", "inflate"], ["deflateRaw", "inflateRaw"], ["gzip", "unzip"], ["deflate", "unzip"],
      ["brotliCompress", "brotliDecompress"],
    ]) {
      const small = zlib[`${compress}Sync`](text);
      equal(zlib[`${decompress}Sync`](small).toString() === text, true, compress);
      equal((await promisify(zlib[decompress])(await promisify(zlib[compress])(text))).toString() === text, true, `${compress} later`);
      await throws("Error", () => zlib[`${decompress}Sync`](small.subarray(0, small.length - 9)), `${compress} cut short`);
      await throws("RangeError", () => zlib[`${decompress}Sync`](small, { maxOutputLength: 100 }), `${compress} too long`);
    }
    const error = await new Promise((resolve) => zlib.gunzip(Buffer.from("nonsense"), resolve));
    equal([error.code, error.message, error.errno], ["Z_DATA_ERROR", "incorrect header check", -3], "nonsense");
    const cut = await new Promise((resolve) => zlib.gunzip(zlib.gzipSync(text).subarray(0, 50), resolve));
    equal([cut.code, cut.message], ["Z_BUF_ERROR", "unexpected end of file"], "cut short");
    equal(zlib.gunzipSync(zlib.gzipSync(text).subarray(0, 50), { finishFlush: zlib.constants.Z_SYNC_FLUSH }).length > 0, true, "what there is");
    equal(zlib.gunzipSync(Buffer.concat([zlib.gzipSync("abc"), zlib.gzipSync("def")])).toString(), "abcdef", "members");
    equal(zlib.crc32("hello"), 0x3610a686, "crc32");
    equal(zlib.crc32(" world", zlib.crc32("hello")), zlib.crc32("hello world"), "crc32 goes on");
  },

  async "options are honoured"() {
    const data = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * index) % 251));
    const [stored, fast, best] = [0, 1, 9].map((level) => zlib.deflateSync(data, { level }).length);
    equal([stored > data.length, fast < stored, best <= fast], [true, true, true], "levels");
    equal(zlib.deflateSync(data, { windowBits: 9 })[0], 0x18, "windowBits");
    equal(zlib.deflateRawSync(data, { strategy: zlib.constants.Z_HUFFMAN_ONLY }).length > zlib.deflateRawSync(data).length, true, "strategy");
    const dictionary = Buffer.from(text.slice(0, 1000));
    const small = zlib.deflateSync(text.slice(0, 900), { dictionary });
    equal(zlib.inflateSync(small, { dictionary }).toString(), text.slice(0, 900), "dictionary");
    await throws("Error", () => zlib.inflateSync(small), "no dictionary");
    const raw = zlib.deflateRawSync(text.slice(0, 900), { dictionary });
    equal(zlib.inflateRawSync(raw, { dictionary }).toString(), text.slice(0, 900), "a raw one");
    const { BROTLI_PARAM_QUALITY } = zlib.constants;
    const [quick, thorough] = [0, 11].map((quality) => zlib.brotliCompressSync(data, { params: { [BROTLI_PARAM_QUALITY]: quality } }).length);
    equal(quick > thorough, true, "quality");
    await throws("RangeError", () => zlib.gzipSync(data, { level: 10 }), "level");
    await throws("RangeError", () => zlib.gzipSync(data, { windowBits: 16 }), "windowBits");
    await throws("TypeError", () => zlib.gzipSync(5), "no bytes");
  },

  async "node:zlib in streams"() {
    const chunks = [];
    const sink = new Writable({ write: (chunk, encoding, done) => (chunks.push(chunk), done()) });
    const source = Readable.from(Array.from({ length: 100 }, () => Buffer.from(text)));
    await pipeline(source, zlib.createGzip({ chunkSize: 1024 }), zlib.createGunzip(), zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }), zlib.createBrotliDecompress(), sink);
    equal(Buffer.concat(chunks).length, 100 * text.length, "through four of them");

    const gzip = zlib.createGzip();
    const first = new Promise((resolve) => gzip.once("data", resolve));
    gzip.write("before the end");
    gzip.flush(() => {});
    const header = await first;
    equal(header.length > 0, true, "flushed");
    gzip.destroy();

    const broken = zlib.createInflate();
    const failure = new Promise((resolve) => broken.once("error", resolve));
    broken.end(Buffer.from("nonsense"));
    equal((await failure).code, "Z_DATA_ERROR", "an error");
    const short = zlib.createGunzip();
    const ended = new Promise((resolve) => short.once("error", resolve));
    short.end(zlib.gzipSync(text).subarray(0, 100));
    short.resume();
    equal((await ended).code, "Z_BUF_ERROR", "cut short");
  },
};
