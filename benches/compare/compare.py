#!/usr/bin/env python3
"""Side-by-side benchmark of local Queues emulators: black box, over HTTP, real processes.

usage: compare.py NAME COMMAND...     one target; prints one JSON line of figures
       compare.py --compare 'COMMAND A' 'COMMAND B'   both in turn, then the ratios A/B

{PORT} and {DIR} in a command are replaced; the command is started in a fresh copy of worker/ and must serve it on 127.0.0.1:{PORT}.
  wrangler dev:  wrangler dev --port {PORT} --ip 127.0.0.1 --persist-to {DIR}/state
  qemu-dev:      qemu-dev dev -c wrangler.jsonc --port {PORT} --ip 127.0.0.1 --persist-to {DIR}/state
Needs wrk (Debian package wrk). M=messages of the end-to-end run (default 50000).
"""
import http.client, http.server, json, os, re, shlex, shutil, signal, socketserver, subprocess, sys, tempfile, threading, time

PORT, SINK = 9900, 9901
HERE = os.path.dirname(os.path.abspath(__file__))


class Sink(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size, total = True, 512, 0

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = int(self.headers.get("content-length") or 0)
            if length:
                self.rfile.read(length)
            with self.server.lock:
                self.server.total += int(self.path.split("n=")[1])
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *a):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", SINK), self.Handler)
        self.lock = threading.Lock()

    def handle_error(self, *a):
        pass


def get(path, conn=None, timeout=60):
    c = conn or http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
    c.request("GET", path)
    r = c.getresponse()
    return r.status, r.read()


def tree(pid):
    out = [pid]
    try:
        for t in os.listdir(f"/proc/{pid}/task"):
            for k in open(f"/proc/{pid}/task/{t}/children").read().split():
                out += tree(int(k))
    except OSError:
        pass
    return out


def pss_mb(pid):
    kb = 0
    for p in set(tree(pid)):
        try:
            kb += sum(int(l.split()[1]) for l in open(f"/proc/{p}/smaps_rollup") if l.startswith("Pss:"))
        except OSError:
            pass
    return round(kb / 1024, 1)


class Target:
    def __init__(self, name, cmd):
        self.dir = tempfile.mkdtemp(prefix="bench-")
        shutil.copytree(os.path.join(HERE, "worker"), self.dir, dirs_exist_ok=True)
        self.name = name
        self.cmd = [c.replace("{PORT}", str(PORT)).replace("{DIR}", self.dir) for c in cmd]
        self.log = open(os.path.join(self.dir, "log"), "wb")

    def start(self):
        t = time.perf_counter()
        self.p = subprocess.Popen(self.cmd, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
                                  env={**os.environ, "WRANGLER_SEND_METRICS": "false", "CI": "1"})
        while True:
            try:
                if get("/version", timeout=5)[0] == 200:
                    return time.perf_counter() - t
            except OSError:
                pass
            if self.p.poll() is not None or time.perf_counter() - t > 120:
                raise SystemExit(f"{self.name}: did not start\n" + open(os.path.join(self.dir, "log")).read()[-3000:])
            time.sleep(0.002)

    def stop(self, sig=signal.SIGTERM):
        for q in reversed(tree(self.p.pid)):
            try:
                os.kill(q, sig)
            except OSError:
                pass
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.p.pid, signal.SIGKILL)

    def count(self):
        return int(get("/count")[1])

    def wait_count(self, n, limit=120):
        end = time.perf_counter() + limit
        while (c := self.count()) < n and time.perf_counter() < end:
            time.sleep(0.01)
        return c, time.perf_counter()


def measure(name, cmd):
    sink, res, t = Sink(), {"name": name}, Target(name, cmd)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    try:
        res["start_first_s"] = round(t.start(), 3)
        t.stop()
        again = []
        for _ in range(3):
            time.sleep(0.3)
            again.append(t.start())
            t.stop()
        res["start_again_s"] = round(sorted(again)[1], 3)
        t.start()
        time.sleep(1)
        res["pss_idle_mb"] = pss_mb(t.p.pid)

        # one connection, one message a request
        c, lat = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60), []
        for i in range(1550):
            a = time.perf_counter()
            assert get(f"/send?i={i}", c)[0] == 200
            lat.append(time.perf_counter() - a)
        lat = sorted(lat[50:])
        res.update(send_p50_ms=round(lat[750] * 1e3, 3), send_p99_ms=round(lat[1485] * 1e3, 3))
        got, _ = t.wait_count(1550)
        res["delivered_1conn"] = f"{got}/1550"

        # 16 connections, 5 s
        before = t.count()
        out = subprocess.run(["wrk", "-t2", "-c16", "-d5s", f"http://127.0.0.1:{PORT}/send?i=1"], capture_output=True, text=True).stdout
        reqs = int(re.search(r"(\d+) requests in", out).group(1))
        bad = int(m.group(1)) if (m := re.search(r"Non-2xx or 3xx responses: (\d+)", out)) else 0
        res["send_16conn_per_s"] = round((reqs - bad) / 5)
        got, _ = t.wait_count(before + reqs - bad)
        res["delivered_16conn"] = f"{got - before}/{reqs - bad}"

        # end to end: M messages by sendBatch(100) on 4 connections, until the last is acknowledged
        m_total, before, start = int(os.environ.get("M", "50000")), t.count(), time.perf_counter()

        refused = []

        def batches():
            cc = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            for _ in range(m_total // 400):
                if get("/batch?n=100", cc)[0] != 200:
                    refused.append(100)

        th = [threading.Thread(target=batches) for _ in range(4)]
        [x.start() for x in th]
        [x.join() for x in th]
        res["enqueue_msg_per_s"] = round(m_total / (time.perf_counter() - start))
        got, end = t.wait_count(before + m_total - sum(refused), 60)
        res["e2e_refused"] = sum(refused)
        res["e2e_msg_per_s"], res["e2e_delivered"] = round((got - before) / (end - start)), f"{got - before}/{m_total}"
        res["pss_after_mb"] = pss_mb(t.p.pid)

        # a saved file until its answer
        f = os.path.join(t.dir, "src/index.js")
        src, rel = open(f).read(), []
        for k in range(2, 9):
            a = time.perf_counter()
            open(f, "w").write(src.replace("v1", f"v{k}"))
            while time.perf_counter() - a < 30:
                try:
                    if get("/version", timeout=5)[1] == f"v{k}".encode():
                        break
                except OSError:
                    pass
                time.sleep(0.001)
            rel.append(time.perf_counter() - a)
            time.sleep(0.7)
        res["reload_p50_ms"], res["reload_max_ms"] = round(sorted(rel)[3] * 1e3, 1), round(max(rel) * 1e3, 1)

        # 1,000 confirmed messages, SIGKILL at once, start again
        time.sleep(2)
        sink.total = 0
        for _ in range(20):
            assert get("/batch?n=50&sink=1")[0] == 200
        t.stop(signal.SIGKILL)
        before = sink.total
        t.start()
        end = time.perf_counter() + 20
        while sink.total < 1000 and time.perf_counter() < end:
            time.sleep(0.05)
        res["crash_lost"], res["crash_delivered_before_kill"] = max(0, 1000 - sink.total), before
        t.stop()
    finally:
        t.stop(signal.SIGKILL)
        sink.shutdown()
        sink.server_close()
        t.log.close()
        shutil.rmtree(t.dir, ignore_errors=True)
    return res


def main():
    if sys.argv[1] == "--compare":
        a, b = (measure(n, shlex.split(c)) for n, c in zip("AB", sys.argv[2:4]))
        print(json.dumps(a)), print(json.dumps(b))
        for k in a:
            if isinstance(a[k], (int, float)) and isinstance(b.get(k), (int, float)) and b[k]:
                print(f"{k:28} A {a[k]:>12} B {b[k]:>12}  A/B {a[k] / b[k]:.3f}")
    else:
        print(json.dumps(measure(sys.argv[1], sys.argv[2:])))


main()
