;; A Worker by hand: what toolchains write for you. The numbers are those of the canonical ABI:
;; https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
(module $warehouse
  ;; send(binding, content type, body, whether there is a delay, the delay, where the result goes)
  (import "qemu-dev:worker/producer@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32)))
  ;; log(level, message)
  (import "qemu-dev:worker/logging@0.1.0" "log" (func $log (param i32 i32 i32)))

  (memory (export "memory") 16)
  (data (i32.const 0) "SHIPMENTS")
  (data (i32.const 16) "the boat is not ready, again in a second")
  (data (i32.const 64) "shipping ")
  (data (i32.const 80) "\"boat\"")
  (data (i32.const 96) "nothing was sent")

  ;; Memory for what the host hands over, from 256 KiB on. It is free again after each call.
  (global $free (mut i32) (i32.const 0x40000))
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32) (local $start i32)
    (local.set $start
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 0x10000))))
      (br_if $enough (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))
      (unreachable))
    (local.get $start))
  (func (export "cabi_post_qemu-dev:worker/consumer@0.1.0#queue") (param i32)
    (global.set $free (i32.const 0x40000)))

  ;; Whether the text has "boat" in it.
  (func $is-boat (param $text i32) (param $length i32) (result i32) (local $last i32)
    (local.set $last (i32.add (local.get $text) (i32.sub (local.get $length) (i32.const 6))))
    (loop $next
      (if (i32.gt_s (local.get $text) (local.get $last)) (then (return (i32.const 0))))
      (if (i32.and
            (i32.eq (i32.load (local.get $text)) (i32.load (i32.const 80)))
            (i32.eq (i32.load16_u offset=4 (local.get $text)) (i32.load16_u offset=4 (i32.const 80))))
        (then (return (i32.const 1))))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Logs "shipping " and the text, put together at 4096.
  (func $ship (param $text i32) (param $length i32)
    (memory.copy (i32.const 4096) (i32.const 64) (i32.const 9))
    (memory.copy (i32.const 4105) (local.get $text) (local.get $length))
    (call $log (i32.const 2) (i32.const 4096) (i32.add (i32.const 9) (local.get $length))))

  ;; Sends a JSON text to the other queue; whether that failed.
  (func $forward (param $text i32) (param $length i32) (result i32)
    (call $send (i32.const 0) (i32.const 9)
      (i32.const 2) (local.get $text) (local.get $length) (i32.const 0) (i32.const 0)
      (i32.const 128))
    (i32.load8_u (i32.const 128)))

  ;; The result is at 256: the variant, then the outcome or the text of an error. Decisions are at 512, 16 bytes each.
  (func $queue (export "qemu-dev:worker/consumer@0.1.0#queue")
    (param $name i32) (param $name-length i32) (param $messages i32) (param $count i32)
    (param $backlog-count i64) (param $backlog-bytes i64) (param $has-oldest i32) (param $oldest i64)
    (result i32)
    (local $index i32) (local $message i32) (local $text i32) (local $length i32) (local $decision i32)
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 2048))
    (i32.store (i32.const 260) (i32.const 512))
    (i32.store (i32.const 264) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        ;; A message: id 0, timestamp 8, attempts 16, content type 20, body 24; 32 bytes.
        (local.set $message (i32.add (local.get $messages) (i32.mul (local.get $index) (i32.const 32))))
        (local.set $text (i32.load offset=24 (local.get $message)))
        (local.set $length (i32.load offset=28 (local.get $message)))
        ;; A decision: index 0, ack or retry 4, whether there is a delay 8, the delay 12.
        (local.set $decision (i32.add (i32.const 512) (i32.mul (local.get $index) (i32.const 16))))
        (i32.store (local.get $decision) (local.get $index))
        (block $handled
          (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 0x73)) ;; the "s" of shipments
            (then (call $ship (local.get $text) (local.get $length)) (br $handled)))
          (if (i32.and
                (i32.eq (i32.load offset=16 (local.get $message)) (i32.const 1))
                (call $is-boat (local.get $text) (local.get $length)))
            (then
              (call $log (i32.const 2) (i32.const 16) (i32.const 40))
              (i32.store8 offset=4 (local.get $decision) (i32.const 1))
              (i32.store8 offset=8 (local.get $decision) (i32.const 1))
              (i32.store offset=12 (local.get $decision) (i32.const 1))
              (br $handled)))
          (br_if $handled (i32.eqz (call $forward (local.get $text) (local.get $length))))
          (i32.store8 (i32.const 256) (i32.const 1))
          (i32.store (i32.const 260) (i32.const 96))
          (i32.store (i32.const 264) (i32.const 16))
          (return (i32.const 256)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (i32.const 256)))
