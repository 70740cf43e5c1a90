;; A consumer that does to each message what the first letter of its JSON string says.
(module $consumer
  (import "qemu-dev:worker/producer@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "qemu-dev:worker/variables@0.1.0" "get" (func $variable (param i32 i32 i32)))
  (import "qemu-dev:worker/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $print (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "QUEUE")
  (data (i32.const 8) "GREETING")
  (data (i32.const 16) "refused")
  (data (i32.const 32) "UNKNOWN")
  (global $heap (mut i32) (i32.const 8192))
  (global $calls (mut i32) (i32.const 0))

  ;; Memory for what the host hands over. It is free again after each call.
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32) (local $start i32)
    (local.set $start
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $start) (local.get $size)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.const 4))))
    (local.get $start))
  (func (export "cabi_post_qemu-dev:worker/consumer@0.1.0#queue") (param i32)
    (global.set $heap (i32.const 8192)))

  (func $explode (unreachable))
  (func $outer (call $explode))

  (func $send-to (param $binding i32) (param $length i32) (param $body i32) (param $body-length i32) (result i32)
    (call $send (local.get $binding) (local.get $length)
      (i32.const 2) (local.get $body) (local.get $body-length)
      (i32.const 1) (i32.const 30) (i32.const 1024))
    (i32.load8_u (i32.const 1024)))

  (func $print-line (param $text i32) (param $length i32) (local $stream i32)
    (local.set $stream (call $stdout))
    (call $print (local.get $stream) (local.get $text) (local.get $length) (i32.const 1200))
    (call $drop-stream (local.get $stream)))

  ;; A decision to retry after so many seconds, at this place.
  (func $retry (param $at i32) (param $seconds i32)
    (i32.store8 offset=4 (local.get $at) (i32.const 1))
    (i32.store8 offset=8 (local.get $at) (i32.const 1))
    (i32.store offset=12 (local.get $at) (local.get $seconds)))

  (func $handle (param $letter i32) (param $body i32) (param $length i32) (param $at i32)
    (if (i32.eq (local.get $letter) (i32.const 0x72)) ;; r: retry
      (then (call $retry (local.get $at) (i32.const 7))))
    (if (i32.eq (local.get $letter) (i32.const 0x78)) ;; x: retry far too late
      (then (call $retry (local.get $at) (i32.const 86401))))
    (if (i32.eq (local.get $letter) (i32.const 0x73)) ;; s: send
      (then (if (call $send-to (i32.const 0) (i32.const 5) (local.get $body) (local.get $length))
        (then (unreachable)))))
    (if (i32.eq (local.get $letter) (i32.const 0x75)) ;; u: send to an unknown binding; the error is the code
      (then
        (drop (call $send-to (i32.const 32) (i32.const 7) (local.get $body) (local.get $length)))
        (call $retry (local.get $at) (i32.load8_u (i32.const 1032)))))
    (if (i32.eq (local.get $letter) (i32.const 0x6a)) ;; j: send what is no JSON
      (then
        (drop (call $send-to (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 7)))
        (call $retry (local.get $at) (i32.load8_u (i32.const 1032)))))
    (if (i32.eq (local.get $letter) (i32.const 0x76)) ;; v: log a variable
      (then
        (call $variable (i32.const 8) (i32.const 8) (i32.const 1100))
        (call $log (i32.const 4) (i32.load offset=4 (i32.const 1100)) (i32.load offset=8 (i32.const 1100)))))
    (if (i32.eq (local.get $letter) (i32.const 0x70)) ;; p: print
      (then (call $print-line (local.get $body) (local.get $length))))
    (if (i32.eq (local.get $letter) (i32.const 0x63)) ;; c: which call of this instance it is
      (then (call $retry (local.get $at) (global.get $calls))))
    (if (i32.eq (local.get $letter) (i32.const 0x74)) ;; t: trap
      (then (call $outer)))
    (if (i32.eq (local.get $letter) (i32.const 0x6c)) ;; l: loop
      (then (loop $again (br $again))))
    (if (i32.eq (local.get $letter) (i32.const 0x6d)) ;; m: memory
      (then (loop $more (drop (memory.grow (i32.const 64))) (br $more)))))

  (func $queue (export "qemu-dev:worker/consumer@0.1.0#queue")
    (param $queue i32) (param $queue-length i32) (param $messages i32) (param $count i32)
    (param i64 i64 i32 i64) (result i32)
    (local $index i32) (local $message i32) (local $at i32) (local $letter i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (memory.fill (i32.const 1300) (i32.const 0) (i32.const 2000))
    ;; The result: ok, the decisions at 1400.
    (i32.store (i32.const 1304) (i32.const 1400))
    (i32.store (i32.const 1308) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (local.set $message (i32.add (local.get $messages) (i32.mul (local.get $index) (i32.const 32))))
        (local.set $at (i32.add (i32.const 1400) (i32.mul (local.get $index) (i32.const 16))))
        (i32.store (local.get $at) (local.get $index))
        (local.set $letter (i32.load8_u offset=1 (i32.load offset=24 (local.get $message))))
        (if (i32.eq (local.get $letter) (i32.const 0x66)) ;; f: the handler fails
          (then
            (i32.store8 (i32.const 1300) (i32.const 1))
            (i32.store (i32.const 1304) (i32.const 16))
            (i32.store (i32.const 1308) (i32.const 7))
            (return (i32.const 1300))))
        (if (i32.eq (local.get $letter) (i32.const 0x65)) ;; e: the handler fails without a reason
          (then
            (i32.store8 (i32.const 1300) (i32.const 1))
            (i32.store (i32.const 1308) (i32.const 0))
            (return (i32.const 1300))))
        (if (i32.eq (local.get $letter) (i32.const 0x64)) ;; d: no result that there is
          (then
            (i32.store8 (i32.const 1300) (i32.const 9))
            (return (i32.const 1300))))
        (call $handle (local.get $letter)
          (i32.load offset=24 (local.get $message)) (i32.load offset=28 (local.get $message)) (local.get $at))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (i32.const 1300)))
